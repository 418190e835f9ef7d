"""The EMR step: a program on a running cluster, or on one that is made for it and ends with it
(facts/pipeline-execution.md, section 6).

It is a client of EMR's API. That a step of a cluster has changed is seen by a change of the store.
"""

import json
from datetime import datetime
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError

from penstock.emulator.engine.policy import SERVICE_FAULT, THROTTLING, Failure
from penstock.emulator.engine.steps.interface import Context, Evaluated, Handle, Progress, WorkFailed

_STATUSES = {"COMPLETED": "Succeeded", "FAILED": "Failed", "INTERRUPTED": "Failed", "CANCELLED": "Stopped"}
_USABLE = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING")
_RULES = (
    "SageMakerPipelineExecutionEMRStepStatusUpdateRule",
    "SageMakerPipelineExecutionEMRClusterStatusRule",
)
_MEMBERS = ("StepConfig", "ClusterId", "ExecutionRoleArn", "ClusterConfig")
_FORBIDDEN = ("Name", "Steps", "AutoTerminationPolicy")
_FORBIDDEN_INSTANCES = ("KeepJobFlowAliveWhenNoSteps", "TerminationProtected")


class Emr(Evaluated):
    """The handle holds ClusterId and StepId, and `Own` where the cluster was made for the step."""

    name_member = ""

    def begin(self, arguments: dict[str, Any], context: Context) -> Progress:
        _check(arguments, context.step_name)
        _need_rules(context)
        if "ClusterId" in arguments:
            handle = _on_running_cluster(arguments, context)
        else:
            handle = _on_own_cluster(arguments, context)
        return Progress("Executing", {"EMR": _metadata(handle, context)}, handle)

    def observe(self, handle: Handle, context: Context) -> Progress:
        status = _step(handle, context)["Status"]
        ended = _STATUSES.get(status["State"], "Executing")
        return Progress(ended, failure=_failure(handle, status) if ended == "Failed" else None)

    def stop(self, handle: Handle, context: Context) -> None:
        ids = {"ClusterId": handle["ClusterId"], "StepIds": [handle["StepId"]]}
        _invoke(context, "CancelSteps", ids)
        if handle["Own"]:
            _invoke(context, "TerminateJobFlows", {"JobFlowIds": [handle["ClusterId"]]})

    def properties(self, handle: Handle, context: Context) -> dict[str, Any]:
        """EMR's Step, and the ClusterId (section 3)."""
        return {**_step(handle, context), "ClusterId": handle["ClusterId"]}


def _need_rules(context: Context) -> None:
    """How Pipelines hears of a cluster and its steps (section 6); here, the store tells it. Raises WorkFailed
    where the role may not have them."""
    region, account = context.execution_arn.split(":")[3:5]
    for rule in _RULES:
        for action in ("DescribeRule", "PutRule", "PutTargets"):
            context.require(f"events:{action}", f"arn:aws:events:{region}:{account}:rule/{rule}")


def _on_running_cluster(arguments: dict[str, Any], context: Context) -> Handle:
    cluster_id = arguments["ClusterId"]
    cluster = _invoke(context, "DescribeCluster", {"ClusterId": cluster_id})["Cluster"]
    state = cluster["Status"]["State"]
    if state not in _USABLE:
        raise _refusal(
            f"Cluster {cluster_id} of step {context.step_name} is {state}. It must be one of"
            f" {', '.join(_USABLE)}: give the ClusterId of a cluster that is, or a ClusterConfig."
        )
    request = {"JobFlowId": cluster_id, "Steps": [_config(arguments, context, "CONTINUE")]}
    if "ExecutionRoleArn" in arguments:
        request["ExecutionRoleArn"] = arguments["ExecutionRoleArn"]
    [step_id] = _invoke(context, "AddJobFlowSteps", request)["StepIds"]
    return {"ClusterId": cluster_id, "StepId": step_id, "Own": False}


def _on_own_cluster(arguments: dict[str, Any], context: Context) -> Handle:
    """The cluster is asked for so that it ends with its step, whatever becomes of the pipeline."""
    config = arguments["ClusterConfig"]
    request = {
        **config,
        "Name": context.job_name,
        "Instances": {**config["Instances"], "KeepJobFlowAliveWhenNoSteps": False},
        "Steps": [_config(arguments, context, "TERMINATE_CLUSTER")],
    }
    cluster_id = _invoke(context, "RunJobFlow", request)["JobFlowId"]
    [step] = _invoke(context, "ListSteps", {"ClusterId": cluster_id})["Steps"]
    return {"ClusterId": cluster_id, "StepId": step["Id"], "Own": True}


def _config(arguments: dict[str, Any], context: Context, on_failure: str) -> dict[str, Any]:
    # Pipelines gives the name itself: no builder of the SDK takes one.
    return {**arguments["StepConfig"], "Name": context.job_name, "ActionOnFailure": on_failure}


def _check(arguments: dict[str, Any], name: str) -> None:
    """Raises WorkFailed for what the API would not refuse. The service's own wording is unknown."""
    for member in arguments:
        if member not in _MEMBERS:
            raise _refusal(f"Step {name}: unknown Argument member '{member}'. Known: {', '.join(_MEMBERS)}.")
    if not isinstance(arguments.get("StepConfig"), dict):
        raise _refusal(f"Step {name}: Arguments need a StepConfig with a HadoopJarStep.")
    given = [member for member in ("ClusterId", "ClusterConfig") if member in arguments]
    if len(given) != 1:
        has = "both" if given else "neither"
        raise _refusal(f"Step {name} must have either ClusterId or ClusterConfig; it has {has}.")
    if given == ["ClusterConfig"]:
        if "ExecutionRoleArn" in arguments:
            raise _refusal(f"Step {name}: ExecutionRoleArn is for a step with a ClusterId only.")
        _check_cluster(arguments["ClusterConfig"], name)


def _check_cluster(config: Any, name: str) -> None:
    instances = config.get("Instances") if isinstance(config, dict) else None
    if not isinstance(instances, dict):
        raise _refusal(f"Step {name}: ClusterConfig must contain Instances.")
    refused = [member for member in _FORBIDDEN if member in config]
    refused += [f"Instances.{member}" for member in _FORBIDDEN_INSTANCES if member in instances]
    if refused:
        raise _refusal(
            f"Step {name}: ClusterConfig must not contain {', '.join(refused)}."
            " The step makes the cluster and terminates it."
        )
    if ("InstanceGroups" in instances) == ("InstanceFleets" in instances):
        raise _refusal(
            f"Step {name}: ClusterConfig.Instances must contain either InstanceGroups or InstanceFleets."
        )


def _metadata(handle: Handle, context: Context) -> dict[str, str]:
    step = _step(handle, context)
    found = {"ClusterId": handle["ClusterId"], "StepId": handle["StepId"], "StepName": step["Name"]}
    cluster = _invoke(context, "DescribeCluster", {"ClusterId": handle["ClusterId"]})["Cluster"]
    if "LogUri" in cluster:
        folder = cluster["LogUri"].rstrip("/")
        found["LogFilePath"] = f"{folder}/{handle['ClusterId']}/steps/{handle['StepId']}/"
    return found


def _failure(handle: Handle, status: dict[str, Any]) -> Failure:
    details = status.get("FailureDetails", {})
    told = (
        details.get("Message") or status.get("StateChangeReason", {}).get("Message") or "no reason is given"
    )
    what = f"EMR step {handle['StepId']} on cluster {handle['ClusterId']} is {status['State']}"
    return Failure(f"ClientError: {what}: {told}")


def _step(handle: Handle, context: Context) -> dict[str, Any]:
    ids = {"ClusterId": handle["ClusterId"], "StepId": handle["StepId"]}
    step: dict[str, Any] = _invoke(context, "DescribeStep", ids)["Step"]
    return step


def _refusal(message: str) -> WorkFailed:
    return WorkFailed(Failure(f"ClientError: {message}"))


def _invoke(context: Context, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """Call an operation of EMR; times in the answer are seconds since the epoch. Raises WorkFailed."""
    try:
        answer = getattr(context.client("emr"), xform_name(operation))(**request)
    except ParamValidationError as error:
        raise _refusal(f"Failed to invoke emr:{operation}. Error Details: {error}") from None
    except ClientError as error:
        raise WorkFailed(_refused(operation, error)) from None
    plain: dict[str, Any] = json.loads(json.dumps(answer, default=_seconds))
    return plain


def _refused(operation: str, error: ClientError) -> Failure:
    """Worded as a refusal of SageMaker is (section 4, "Step failure text")."""
    told, status = error.response["Error"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    fault = status >= 500 and status != 501
    what = "InternalServerError" if fault else "ClientError"
    kind = THROTTLING if "Throttl" in told["Code"] else SERVICE_FAULT if fault else ""
    return Failure(f"{what}: Failed to invoke emr:{operation}. Error Details: {told['Message']}", kind)


def _seconds(value: datetime) -> float:
    return value.timestamp()
