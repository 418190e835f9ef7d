"""EMRStep: runs a program on an EMR cluster (AddJobFlowSteps), a running one or one made for the step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.model import StructureShape
from sagemaker.core.helper.pipeline_variable import PipelineVariable
from sagemaker.mlops.workflow.steps import CacheConfig, StepTypeEnum

from penstock.errors import PenstockError
from penstock.service_model import service_model
from steps.plain_step import PlainStep
from steps.properties import StepProperty
from steps.request import check_request, members
from steps.request_step import Upstream

# What Pipelines decides about a cluster that it makes (facts/pipeline-execution.md, section 6).
_FORBIDDEN = ("Name", "Steps", "AutoTerminationPolicy")
_FORBIDDEN_INSTANCES = ("KeepJobFlowAliveWhenNoSteps", "TerminationProtected")


@dataclass(frozen=True)
class EMRStepConfig:
    """What runs: a JAR with its arguments; `command-runner.jar` runs commands such as spark-submit.

    Each entry of `output_args`, {name: S3 URI}, becomes the two arguments `--name URI`, and other steps
    refer to the URI as `step.emr_outputs["name"]`.
    """

    jar: str | PipelineVariable
    args: Sequence[str | PipelineVariable] = ()
    main_class: str | PipelineVariable | None = None
    properties: Sequence[Mapping[str, str | PipelineVariable]] = ()
    output_args: Mapping[str, str | PipelineVariable] = field(default_factory=dict)

    def to_request(self) -> dict[str, Any]:
        outputs = [part for name, uri in self.output_args.items() for part in (f"--{name}", uri)]
        return {
            "HadoopJarStep": members(
                Jar=self.jar,
                Args=[*self.args, *outputs] or None,
                MainClass=self.main_class,
                Properties=[dict(entry) for entry in self.properties] or None,
            )
        }

    def output_index(self, name: str) -> int:
        """Where in the arguments the URI of an output stands."""
        return len(self.args) + 2 * list(self.output_args).index(name) + 1


class EMRStep(PlainStep):
    """Runs `step_config` on the cluster `cluster_id`, or on one that is made for it and terminated after it.

    The step cache compares the arguments: a step whose arguments hold a path of the execution, which is
    what keeps executions apart, is never found in it. So there is no caching unless it is asked for.
    """

    def __init__(
        self,
        name: str,
        *,
        display_name: str,
        description: str,
        step_config: EMRStepConfig,
        cluster_id: str | PipelineVariable | None = None,
        cluster_config: Mapping[str, Any] | None = None,
        execution_role_arn: str | PipelineVariable | None = None,
        depends_on: Upstream = None,
        cache_config: CacheConfig | None = None,
    ) -> None:
        """`cluster_config` is a request of RunJobFlow without what Pipelines decides itself.

        Exactly one of `cluster_id` and `cluster_config` is given; `execution_role_arn` goes with the first.
        Raises PenstockError if a request does not fit EMR's model.
        """
        where = f"step {name}"
        if (cluster_id is None) == (cluster_config is None):
            raise PenstockError("needs either cluster_id or cluster_config", where=where)
        if execution_role_arn is not None and cluster_id is None:
            raise PenstockError("execution_role_arn needs a cluster_id", where=where)
        config = step_config.to_request()
        check_request(
            where,
            "AddJobFlowSteps",
            members(JobFlowId="{{ }}", Steps=[{"Name": name, **config}], ExecutionRoleArn=execution_role_arn),
            service="emr",
        )
        if cluster_config is not None:
            _check_cluster(where, name, cluster_config)
        super().__init__(
            name,
            StepTypeEnum.EMR,
            members(
                ClusterId=cluster_id,
                ExecutionRoleArn=execution_role_arn,
                ClusterConfig=dict(cluster_config) if cluster_config is not None else None,
                StepConfig=config,
            ),
            {},
            display_name=display_name,
            description=description,
            depends_on=depends_on,
            cache_config=cache_config,
        )
        self._properties = StepProperty(self, _step_shape())
        self.emr_outputs: dict[str, StepProperty] = {
            output: self._properties.Config.Args[step_config.output_index(output)]
            for output in step_config.output_args
        }

    @property
    def properties(self) -> StepProperty:
        """What other steps can refer to: EMR's description of the step, and ClusterId."""
        return self._properties


def _check_cluster(where: str, name: str, config: Mapping[str, Any]) -> None:
    instances = config.get("Instances")
    if not isinstance(instances, Mapping):
        raise PenstockError("cluster_config needs Instances", where=where)
    refused = [key for key in _FORBIDDEN if key in config]
    refused += [f"Instances.{key}" for key in _FORBIDDEN_INSTANCES if key in instances]
    if refused:
        raise PenstockError(
            f"cluster_config cannot have {', '.join(refused)}",
            where=where,
            remedy="Pipelines makes the cluster for this step and terminates it after it.",
        )
    if ("InstanceGroups" in instances) == ("InstanceFleets" in instances):
        raise PenstockError(
            "cluster_config.Instances needs either InstanceGroups or InstanceFleets", where=where
        )
    check_request(where, "RunJobFlow", {"Name": name, **config}, service="emr")


def _step_shape() -> StructureShape:
    """EMR's Step, with the ClusterId that Pipelines adds (facts/pipeline-execution.md, section 3)."""
    step = service_model("emr").shape_for("Step")
    assert isinstance(step, StructureShape)
    step.members["ClusterId"] = service_model("emr").shape_for("ClusterId")
    return step
