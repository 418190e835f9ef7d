"""QualityCheckStep: Model Monitor's analyzer on a data set, for the data's quality or a model's.

The job's contract: facts/monitor-and-clarify.md, section 1.
"""

import json
from pathlib import PurePosixPath
from typing import Any

from sagemaker.core.helper.pipeline_variable import PipelineVariable
from sagemaker.mlops.workflow.quality_check_step import (
    DataQualityCheckConfig,
    ModelQualityCheckConfig,
    QualityCheckConfig,
)
from sagemaker.mlops.workflow.steps import CacheConfig, StepTypeEnum

from penstock.errors import PenstockError
from steps.check_step import CheckJobConfig, CheckStep, Comparison, Flag
from steps.paths import execution_path
from steps.placeholders import asset
from steps.processing_step import ProcessingInput, ProcessingOutput
from steps.request import is_open, members
from steps.request_step import Upstream

_INPUT = "/opt/ml/processing/input"
_OUTPUT = "/opt/ml/processing/output"
_DATASET = "baseline_dataset_input"
_FORMATS = ("csv", "json", "parquet", "sagemakerCaptureJson")
_PROBLEM_TYPES = ("Regression", "BinaryClassification", "MulticlassClassification")


class QualityCheckStep(CheckStep):
    """Statistics and constraints of a data set, compared with those of the baseline."""

    def __init__(
        self,
        name: str,
        *,
        display_name: str,
        description: str,
        quality_check_config: QualityCheckConfig,
        check_job_config: CheckJobConfig | None = None,
        skip_check: Flag = False,
        fail_on_violation: Flag = True,
        register_new_baseline: Flag = False,
        model_package_group_name: str | PipelineVariable | None = None,
        supplied_baseline_statistics: str | PipelineVariable | None = None,
        supplied_baseline_constraints: str | PipelineVariable | None = None,
        depends_on: Upstream = None,
        cache_config: CacheConfig | None = None,
    ) -> None:
        """The scripts of the config are files of the project; without output_s3_uri, the results lie in the
        execution's own path.

        Raises PenstockError if the config, or the request it becomes, does not fit.
        """
        where = f"step {name}"
        of_data = isinstance(quality_check_config, DataQualityCheckConfig)
        if not of_data and not isinstance(quality_check_config, ModelQualityCheckConfig):
            raise PenstockError(
                f"quality_check_config is a {type(quality_check_config).__name__}, and not a"
                " DataQualityCheckConfig or ModelQualityCheckConfig",
                where=where,
            )
        scripts = members(
            record_preprocessor_script=getattr(quality_check_config, "record_preprocessor_script", None),
            post_analytics_processor_script=quality_check_config.post_analytics_processor_script,
        )
        inputs = [ProcessingInput(_DATASET, quality_check_config.baseline_dataset, f"{_INPUT}/{_DATASET}")]
        environment = _environment(where, quality_check_config)
        for what, script in scripts.items():
            folder = f"{_INPUT}/{what}_input"
            inputs.append(ProcessingInput(f"{what}_input", asset(script), folder))
            environment[what] = f"{folder}/{PurePosixPath(script).name}"
        output = ProcessingOutput(
            "quality_check_output", _OUTPUT, quality_check_config.output_s3_uri or execution_path(name)
        )
        job = check_job_config or CheckJobConfig()
        super().__init__(
            name,
            StepTypeEnum.QUALITY_CHECK,
            "DATA_QUALITY" if of_data else "MODEL_QUALITY",
            job.to_request("model-monitor", inputs, output, environment),
            Comparison(
                skip_check,
                fail_on_violation,
                register_new_baseline,
                model_package_group_name,
                {"Statistics": supplied_baseline_statistics, "Constraints": supplied_baseline_constraints},
            ),
            display_name=display_name,
            description=description,
            depends_on=depends_on,
            cache_config=cache_config,
        )


def _environment(where: str, config: QualityCheckConfig) -> dict[str, Any]:
    if not isinstance(config.dataset_format, dict) or not set(config.dataset_format) & set(_FORMATS):
        raise PenstockError(
            f"dataset_format {config.dataset_format!r} is not one of {', '.join(_FORMATS)}",
            where=where,
            remedy="Write it as DatasetFormat.csv(header=True).",
        )
    environment = {
        "dataset_source": f"{_INPUT}/{_DATASET}",
        "dataset_format": json.dumps(config.dataset_format, sort_keys=True),
        "output_path": _OUTPUT,
        "publish_cloudwatch_metrics": "Disabled",
    }
    if isinstance(config, DataQualityCheckConfig):
        return environment
    if not is_open(config.problem_type) and config.problem_type not in _PROBLEM_TYPES:
        raise PenstockError(
            f"problem_type {config.problem_type!r} is not one of {', '.join(_PROBLEM_TYPES)}", where=where
        )
    return environment | members(
        analysis_type="MODEL_QUALITY",
        problem_type=config.problem_type,
        inference_attribute=config.inference_attribute,
        probability_attribute=config.probability_attribute,
        ground_truth_attribute=config.ground_truth_attribute,
        probability_threshold_attribute=config.probability_threshold_attribute,
    )
