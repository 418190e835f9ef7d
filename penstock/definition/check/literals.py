"""What an environment decides, and no compiled definition should write out: account, region, bucket, role."""

import re
from collections.abc import Iterator

_ROLE = re.compile(r"arn:aws[a-z\-]*:iam::\d{12}:role/[\w+=,.@/\-]+")
_ACCOUNT = re.compile(r"(?<![\w.\-])(?:arn:[a-z0-9:\-]*?:)?(\d{12})(?=[:.]|$)")
_REGION = re.compile(
    r"(?<![a-z0-9])((?:af|ap|ca|cn|eu|il|me|mx|sa|us)-(?:gov-|iso[a-z]?-)?(?:north|south|east|west|central)[a-z]*-\d)(?!\d)"
)
_BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.\-]{1,61}[a-z0-9])(?:/|$)")


def literals(text: str) -> Iterator[tuple[str, str, str]]:
    """Each literal as (what it is, the literal, the key of the environment that has it)."""
    role = _ROLE.search(text)
    if role:
        yield "role", role[0], "role"
        return
    if bucket := _BUCKET.search(text):
        yield "bucket", bucket[1], "bucket"
        return
    if account := _ACCOUNT.search(text):
        yield "account id", account[1], "account"
    if region := _REGION.search(text):
        yield "region", region[1], "region"
