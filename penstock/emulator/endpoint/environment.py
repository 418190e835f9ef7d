"""The variables that make an AWS client talk to this endpoint, and to nothing else."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from penstock.emulator.access.identities import Session
from penstock.emulator.state import StateDirectory

# What would send a client elsewhere, or make it prefer other credentials. An empty AWS_PROFILE is an error
# to botocore, so these are removed, not emptied.
REMOVED = (
    "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CREDENTIAL_EXPIRATION",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
)  # fmt: skip

# An invocation may take Lambda's 15 minutes (s), and must not happen twice.
_PATIENT: dict[str, Any] = {"read_timeout": 910, "retries": {"total_max_attempts": 1}}


def variables(state: StateDirectory, endpoint_url: str, session: Session | None = None) -> dict[str, str]:
    """Endpoint, credentials and region; the configuration of the user and of the machine are shut out.

    The credentials are the session's; without one, the account's own."""
    credentials = session or state.credentials
    direct = ",".join(
        filter(None, [os.environ.get("NO_PROXY") or os.environ.get("no_proxy"), "127.0.0.1,localhost"])
    )
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_DEFAULT_REGION": state.region,
        "AWS_REGION": state.region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": direct,
        "no_proxy": direct,
        **({"AWS_SESSION_TOKEN": session.token} if session else {}),
    }


def for_command(inherited: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command: what it would inherit, less what leads elsewhere, plus `wanted`."""
    kept = {
        name: value
        for name, value in inherited.items()
        if name not in REMOVED and not name.startswith("AWS_ENDPOINT_URL")
    }
    return kept | dict(wanted)


def client(state: StateDirectory, endpoint_url: str, service: str, session: Session | None = None) -> Any:
    """A boto3 client of this endpoint that knows nothing of the user's configuration, for use in-process.

    It signs with the session's keys; without one, with the account's own."""
    import boto3
    from botocore.config import Config
    from botocore.session import Session as BotocoreSession

    alone = {
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
    }
    botocore_session = BotocoreSession(session_vars=alone)
    botocore_session.register_component("data_loader", _models())
    credentials = session or state.credentials
    return boto3.Session(botocore_session=botocore_session).client(
        service,
        region_name=state.region,
        endpoint_url=endpoint_url,
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key,
        aws_session_token=session.token if session else None,
        config=Config(
            proxies={},
            max_pool_connections=32,
            s3={"addressing_style": "path"},
            **(_PATIENT if service == "lambda" else {}),
        ),
    )


@cache
def _models() -> Any:
    """AWS's service models, read once for all clients."""
    from botocore.loaders import create_loader

    return create_loader()
