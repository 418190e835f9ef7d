"""The former deploys of a pipeline, to choose a way back from: as data, and as lines for people."""

from collections.abc import Iterator
from typing import Any

from penstock.deployment import kept, preflight
from penstock.deployment.aws import Aws
from penstock.deployment.plan import look
from penstock.deployment.wording import SHORT, short
from penstock.printable import printable


def data(aws: Aws, pipeline: str) -> dict[str, Any]:
    """`revisions` has the newest first: each once for every commit that it was deployed from, with the time
    at which it first was. `commit` is empty where nobody knew it; `deployed` tells what the pipeline is now.

    Raises PenstockError where the environment is not as it says.
    """
    preflight.require_account(aws)
    preflight.require_bucket(aws)
    there = look(aws, pipeline)
    listed = kept.listed(aws, pipeline)
    now = [each for each in listed if there is not None and each.id == there.revision]
    # Which of its commits it was, the stamp says, if it is still there.
    now = [each for each in now if there is not None and each.commit == there.commit] or now
    return {
        "environment": aws.environment.name,
        "pipeline": pipeline,
        "revisions": [
            {
                "revision": each.id,
                "commit": each.commit,
                "kept": each.time.isoformat(),
                "deployed": each in now,
            }
            for each in listed
        ],
    }


def lines(data: dict[str, Any]) -> Iterator[str]:
    """`952c975f56ad  5bc2c488f86e        2026-11-21T19:06:07+00:00  deployed`, aligned."""
    rows = [
        (each["revision"][:SHORT], short(each["commit"]) or "no commit", each["kept"], each["deployed"])
        for each in data["revisions"]
    ]
    width = max((len(row[1]) for row in rows), default=0)
    for revision, commit, time, deployed in rows:
        yield printable(f"{revision}  {commit:<{width}}  {time}{'  deployed' if deployed else ''}")
