"""A plan as JSON-able data, without the content of what is published."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from penstock.deployment.assets import Upload
from penstock.deployment.cache import Forecast
from penstock.deployment.plan import Plan


def data(plan: Plan, forecasts: Iterable[Forecast] = ()) -> dict[str, Any]:
    """`cache` has the forecast for the next start of each cacheable step. `deployed` is None if there is no
    pipeline yet; its `revision` and `commit` are empty if Penstock stamped none, `unfinished` if no deploy of
    another revision broke off. `definition` and `drift` are None where nothing differs; `drift_untold` is
    `stamps` or `record` where those are gone by which drift is told. `left` has the settings that a deploy
    cannot take away."""
    return {
        "environment": plan.environment,
        "pipeline": plan.pipeline,
        "action": plan.action,
        "revision": plan.revision.id,
        "commit": plan.revision.commit,
        "deployed": plan.there
        and {
            "arn": plan.there.described["PipelineArn"],
            "revision": plan.there.revision,
            "commit": plan.there.commit,
            "unfinished": plan.there.unfinished,
        },
        "drift": plan.drift and asdict(plan.drift),
        "drift_untold": plan.untold,
        "publish": _uploads(plan.publish),
        "keep": _uploads(plan.keep),
        "changes": [asdict(change) for change in plan.changes],
        "left": plan.left,
        "definition": plan.definition and asdict(plan.definition),
        "rewritten": plan.rewritten,
        "tags_to_add": plan.tags_to_add,
        "tags_to_remove": plan.tags_to_remove,
        "functions": [
            {
                "name": function.name,
                "action": function.action,
                "code": function.code,
                "changes": [asdict(change) for change in function.changes],
                "sources": [{"action": item.action, "queue": item.queue} for item in function.sources],
                "tags_to_add": function.tags_to_add,
                "tags_to_remove": function.tags_to_remove,
            }
            for function in plan.functions
        ],
        "cache": [asdict(forecast) for forecast in forecasts],
    }


def _uploads(uploads: Iterable[Upload]) -> list[dict[str, Any]]:
    return [
        {"name": item.name, "key": item.key, "sha256": item.sha256, "size": item.size} for item in uploads
    ]
