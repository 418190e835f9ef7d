"""KMS keys as the resources of a policy."""

from penstock.deployment.environments import Environment


def key_arn(environment: Environment, key: str) -> str:
    """The ARN of a key by its id or ARN. Of an alias, whose ARN is no key's, and of a key that only an
    execution knows: every key of the account and region."""
    if is_alias(key) or key == "*":
        return environment.arn("kms", "key/*")
    return key if key.startswith("arn:") else environment.arn("kms", f"key/{key}")


def is_alias(key: str) -> bool:
    return key.startswith("alias/") or ":alias/" in key
