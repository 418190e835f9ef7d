"""analysis_config.json: its keys as typed values (facts: monitor-and-clarify.md, 7).

It knows what a configuration may say, not what is in the data.
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from penstock.emulator.standins.errors import InputError

# The media types of data sets, requests and answers.
CSV, JSON_LINES, JSON = "text/csv", "application/jsonlines", "application/json"
PARQUET = "application/x-parquet"

Column = str | int
"""A column's name, or its place counted from 0."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class Facet(_Section):
    name_or_index: Column
    value_or_threshold: list[Any] | None = None


class BiasMethods(_Section):
    methods: Literal["all"] | list[str] = "all"


class Shap(_Section):
    baseline: list[Any] | str | None = None
    num_clusters: int = Field(default=1, ge=1)
    num_samples: int | None = Field(default=None, ge=1)
    agg_method: Literal["mean_abs", "median", "mean_sq"] = "mean_abs"
    use_logit: bool = False
    save_local_shap_values: bool = True
    seed: int | None = None


class PartialDependence(_Section):
    features: list[Column] | None = None
    grid_resolution: int = Field(default=15, ge=2)
    top_k_features: int = Field(default=10, ge=1)


class Report(_Section):
    name: str = Field(default="report", pattern=r"^[\w.-]+$")
    title: str = "SageMaker Analysis Report"


class Methods(_Section):
    pre_training_bias: BiasMethods | None = None
    post_training_bias: BiasMethods | None = None
    shap: Shap | None = None
    pdp: PartialDependence | None = None
    report: Report | None = None


class PredictorSettings(_Section):
    model_name: str | None = None
    endpoint_name: str | None = None
    endpoint_name_prefix: str = "sm-clarify"
    instance_type: str = "ml.m5.large"
    initial_instance_count: int = 1
    accelerator_type: str | None = None
    content_type: str | None = None
    accept_type: str | None = None
    content_template: str | None = None
    record_template: str | None = None
    custom_attributes: str | None = None
    target_model: str | None = None
    label: Column | None = None
    probability: Column | None = None
    label_headers: list[str | int | float] | None = None


class AnalysisConfig(_Section):
    version: str | None = None
    dataset_type: Literal[
        "text/csv", "application/jsonlines", "application/json", "application/x-parquet"
    ] = "text/csv"
    dataset_uri: str | None = None
    headers: list[str] | None = None
    label: Column | None = None
    features: str | None = None
    label_values_or_threshold: list[Any] | None = None
    probability_threshold: float = 0.5
    facet: list[Facet] = []
    facet_dataset_uri: str | None = None
    facet_headers: list[str] | None = None
    group_variable: Column | None = None
    joinsource_name_or_index: Column | None = None
    excluded_columns: list[Column] = []
    predicted_label: Column | None = None
    predicted_label_dataset_uri: str | None = None
    predicted_label_headers: list[str] | None = None
    methods: Methods
    predictor: PredictorSettings | None = None

    @property
    def bias(self) -> bool:
        return bool(self.methods.pre_training_bias or self.methods.post_training_bias)

    @property
    def asks_model(self) -> bool:
        """Whether a model's predictions are needed that no data set brings."""
        predicted = self.predicted_label is not None or self.predicted_label_dataset_uri
        return bool(
            self.methods.shap or self.methods.pdp or (self.methods.post_training_bias and not predicted)
        )


def read_config(file: Path) -> AnalysisConfig:
    """Raises InputError, which names the key."""
    try:
        config = AnalysisConfig.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        raise InputError(f"there is no {file.name}: the input named analysis_config must hold it") from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        said = (
            "this key is unknown, or not supported here"
            if first["type"] == "extra_forbidden"
            else first["msg"]
        )
        raise InputError(f"{file.name}: {f'{key}: ' if key else ''}{said}") from None
    _check(config, file.name)
    return config


def _check(config: AnalysisConfig, name: str) -> None:
    needs = [
        (config.bias and config.label is None and not config.features, "label", "bias metrics"),
        (config.bias and not config.facet, "facet", "bias metrics"),
        (config.bias and not config.label_values_or_threshold, "label_values_or_threshold", "bias metrics"),
        (config.asks_model and config.predictor is None, "predictor", "predictions of a model"),
    ]
    for missing, key, purpose in needs:
        if missing:
            raise InputError(f"{name}: {key} is missing; {purpose} need it")
    if config.dataset_type in (JSON_LINES, JSON) and not config.features:
        raise InputError(f"{name}: features is missing; it says where in a record of JSON the features are")
    if config.methods.pdp and config.methods.pdp.features is None and config.methods.shap is None:
        raise InputError(f"{name}: methods.pdp.features is missing; without shap nothing else chooses them")
