"""ClarifyCheckStep: Clarify's bias metrics or attributions, for a data set or a model.

What Clarify is to do stands in an analysis_config.json, which compile writes as a file of its own for each
step. The job's contract: facts/monitor-and-clarify.md, sections 6 and 7.
"""

from collections.abc import Iterator
from typing import Any

from sagemaker.core.clarify import ANALYSIS_CONFIG_SCHEMA_V1_0, ModelPredictedLabelConfig
from sagemaker.core.helper.pipeline_variable import PipelineVariable
from sagemaker.mlops.workflow.clarify_check_step import (
    ClarifyCheckConfig,
    DataBiasCheckConfig,
    ModelBiasCheckConfig,
    ModelExplainabilityCheckConfig,
)
from sagemaker.mlops.workflow.steps import CacheConfig, StepTypeEnum
from schema import SchemaError

from penstock.errors import PenstockError
from penstock.service_model import Path, format_path
from steps.check_step import CheckJobConfig, CheckStep, Comparison, Flag
from steps.placeholders import generated
from steps.processing_step import ProcessingInput, ProcessingOutput
from steps.request import is_open, members
from steps.request_step import Upstream

_CHECK_TYPES = {
    DataBiasCheckConfig: "DATA_BIAS",
    ModelBiasCheckConfig: "MODEL_BIAS",
    ModelExplainabilityCheckConfig: "MODEL_EXPLAINABILITY",
}


class ClarifyCheckStep(CheckStep):
    """An analysis of Clarify, compared with the baseline's.

    `generated_files` holds the step's analysis_config.json, as {path: document}.
    """

    def __init__(
        self,
        name: str,
        *,
        display_name: str,
        description: str,
        clarify_check_config: ClarifyCheckConfig,
        check_job_config: CheckJobConfig | None = None,
        skip_check: Flag = False,
        fail_on_violation: Flag = True,
        register_new_baseline: Flag = False,
        model_package_group_name: str | PipelineVariable | None = None,
        supplied_baseline_constraints: str | PipelineVariable | None = None,
        depends_on: Upstream = None,
        cache_config: CacheConfig | None = None,
    ) -> None:
        """In the config, the data's URIs and the model's name may be pipeline variables, the rest may not.

        Raises PenstockError if the config, or the request it becomes, does not fit.
        """
        where = f"step {name}"
        if type(clarify_check_config) not in _CHECK_TYPES:
            raise PenstockError(
                f"clarify_check_config is a {type(clarify_check_config).__name__}, and not one of"
                f" {', '.join(kind.__name__ for kind in _CHECK_TYPES)}",
                where=where,
            )
        data = clarify_check_config.data_config
        if data.s3_analysis_config_output_path or clarify_check_config.kms_key:
            raise PenstockError(
                "s3_analysis_config_output_path and kms_key have no meaning here",
                where=where,
                remedy="analysis_config.json is published with the other assets.",
            )
        path = f"{name}/analysis_config.json"
        analysis = analysis_config(clarify_check_config)
        _check_analysis(where, analysis)
        self.generated_files = {path: analysis}
        job = check_job_config or CheckJobConfig()
        super().__init__(
            name,
            StepTypeEnum.CLARIFY_CHECK,
            _CHECK_TYPES[type(clarify_check_config)],
            job.to_request(
                "clarify",
                [
                    ProcessingInput("analysis_config", generated(path), "/opt/ml/processing/input/config"),
                    ProcessingInput("dataset", data.s3_data_input_path, "/opt/ml/processing/input/data"),
                ],
                ProcessingOutput("analysis_result", "/opt/ml/processing/output", data.s3_output_path),
                {},
                asks_model="predictor" in analysis,
            ),
            Comparison(
                skip_check,
                fail_on_violation,
                register_new_baseline,
                model_package_group_name,
                {"Constraints": supplied_baseline_constraints},
            ),
            display_name=display_name,
            description=description,
            depends_on=depends_on,
            cache_config=cache_config,
            model_name=_predictor(clarify_check_config).get("model_name"),
        )


def analysis_config(config: ClarifyCheckConfig) -> dict[str, Any]:
    """The content of analysis_config.json. The model is named by the step, and not in here."""
    analysis: dict[str, Any] = config.data_config.get_config()
    if isinstance(config, ModelExplainabilityCheckConfig):
        analysis["methods"] = config.explainability_config.get_explainability_config()
        scores = config.model_scores
    else:
        analysis |= config.data_bias_config.get_config()
        when = "pre" if isinstance(config, DataBiasCheckConfig) else "post"
        analysis["methods"] = {f"{when}_training_bias": {"methods": config.methods}}
        scores = getattr(config, "model_predicted_label_config", None)
    analysis["methods"]["report"] = {"name": "report", "title": "Analysis Report"}
    predictor = {key: value for key, value in _predictor(config).items() if key != "model_name"}
    if isinstance(scores, ModelPredictedLabelConfig):
        threshold, answer = scores.get_predictor_config()
        predictor |= answer
        analysis |= members(probability_threshold=threshold)
    else:
        predictor |= members(label=scores)
    return analysis | members(predictor=predictor or None)


def _predictor(config: ClarifyCheckConfig) -> dict[str, Any]:
    if isinstance(config, DataBiasCheckConfig):
        return {}
    # Not get_predictor_config(): its deep copy takes the model's name apart from the step that it refers to.
    predictor: dict[str, Any] = config.model_config.predictor_config
    return predictor


def _check_analysis(where: str, analysis: dict[str, Any]) -> None:
    for place in _open_places(analysis, ()):
        raise PenstockError(
            f"{format_path(place)} of analysis_config.json is a pipeline variable or a placeholder",
            where=where,
            remedy="It is a file, written when the pipeline is compiled: give a value.",
        )
    try:
        ANALYSIS_CONFIG_SCHEMA_V1_0.validate(analysis)
    except SchemaError as error:
        raise PenstockError(
            f"Clarify would refuse its analysis_config.json: {' '.join(error.code.split())}", where=where
        ) from None


def _open_places(value: Any, path: Path) -> Iterator[Path]:
    if is_open(value):
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _open_places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _open_places(item, (*path, index))
