"""Whether the steps of the next execution will be taken from the cache, foretold from those before it.

model: what is known of earlier executions, and what a forecast says. history: reading them from AWS.
keys: two executions' keys of one step compared. predict: the forecasts of a definition's steps. wording: a
forecast as a line.
"""

from penstock.deployment.cache.forecast import forecast
from penstock.deployment.cache.model import Forecast
from penstock.deployment.cache.wording import line

__all__ = ["Forecast", "forecast", "line"]
