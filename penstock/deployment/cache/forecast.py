"""The forecast of a pipeline that may be deployed, from what AWS has of its history."""

from datetime import UTC, datetime
from typing import Any

from penstock.deployment.aws import Aws
from penstock.deployment.cache.history import AwsHistory
from penstock.deployment.cache.model import Forecast, Unreadable
from penstock.deployment.cache.predict import predict, untold

# Each takes up to three calls, if no newer one has what is looked for.
MOST_EXECUTIONS = 50


def forecast(
    aws: Aws, pipeline: str, definition: dict[str, Any], most: int = MOST_EXECUTIONS
) -> list[Forecast]:
    """What the next start of `pipeline`, with this definition and its defaults, finds in the cache.

    One for each step whose CacheConfig is enabled, in the definition's order. Describe and List calls only;
    where AWS does not answer them nothing can be told, which is no error.
    """
    try:
        return predict(pipeline, definition, AwsHistory(aws, pipeline, most), datetime.now(UTC))
    except Unreadable as unreadable:
        return untold(definition, str(unreadable))
