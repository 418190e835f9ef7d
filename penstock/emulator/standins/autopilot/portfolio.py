"""Which models are tried, and in which order.

Measured on census income, 2 cores: LightGBM in two settings and XGBoost, then their weighted ensemble,
reach in 5 s what AutoGluon's whole medium_quality reaches in 26 s with a model 200 times the size.
LightGBM's extra trees, its slowest setting, add nothing to the ensemble.
"""

from dataclasses import dataclass
from typing import Any

from penstock.emulator.standins.errors import InputError

Settings = dict[str, Any]

Model = tuple[str, Settings]

_LIGHTGBM: Model = ("GBM", {})
_LIGHTGBM_EXTRA_TREES = ("GBM", {"extra_trees": True, "ag_args": {"name_suffix": "XT"}})
_LIGHTGBM_LARGE = (
    "GBM",
    {
        "learning_rate": 0.03,
        "num_leaves": 128,
        "feature_fraction": 0.9,
        "min_data_in_leaf": 3,
        "ag_args": {"name_suffix": "Large"},
    },
)
_XGBOOST: Model = ("XGB", {})

DEFAULT: tuple[Model, ...] = (_LIGHTGBM, _XGBOOST, _LIGHTGBM_LARGE)

# Autopilot's names (facts/automl.md, 1) of what is installed here.
ALGORITHMS: dict[str, tuple[Model, ...]] = {
    "lightgbm": (_LIGHTGBM, _LIGHTGBM_LARGE, _LIGHTGBM_EXTRA_TREES),
    "xgboost": (_XGBOOST,),
    "linear-learner": (("LR", {}),),
    "randomforest": (("RF", {"n_estimators": 100}),),
    "extra-trees": (("XT", {"n_estimators": 100}),),
}


@dataclass(frozen=True)
class Portfolio:
    """`hyperparameters` as AutoGluon takes them; `size` is the number of models, the ensemble included."""

    hyperparameters: dict[str, list[Settings]]
    ensemble: bool
    size: int


def choose(algorithms: list[str] | None, most: int) -> tuple[Portfolio, list[str]]:
    """At most `most` candidates of the named algorithms (None: of the default ones), and what to tell
    about algorithms that are not here. Raises InputError when none of the named ones is."""
    refused = [
        f"{name} is not installed on this machine; no candidate was trained with it"
        for name in algorithms or []
        if name not in ALGORITHMS
    ]
    models = DEFAULT
    if algorithms:
        models = tuple(model for name in algorithms for model in ALGORITHMS.get(name, ()))
    if not models:
        raise InputError(
            f"none of the algorithms {', '.join(algorithms or [])} is installed on this machine; "
            f"choose among {', '.join(ALGORITHMS)}"
        )
    # The ensemble is a candidate too; of one model there is none worth its name.
    ensemble = len(models) > 1 and most > 2
    models = models[: most - 1 if ensemble else most]
    hyperparameters: dict[str, list[Settings]] = {}
    for position, (kind, settings) in enumerate(models):
        # The earlier, the higher its priority.
        arguments = {**settings.get("ag_args", {}), "priority": 1000 - position}
        hyperparameters.setdefault(kind, []).append({**settings, "ag_args": arguments})
    return Portfolio(hyperparameters, ensemble, len(models) + ensemble), refused
