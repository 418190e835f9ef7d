"""Steps that deploy: EndpointConfig, and Endpoint, which creates or updates one."""

from typing import Any

from penstock.emulator.engine.policy import Failure
from penstock.emulator.engine.steps.interface import (
    Context,
    Evaluated,
    Handle,
    Instant,
    Progress,
    WorkFailed,
)

_STATUSES = {"InService": "Succeeded", "Failed": "Failed"}


class EndpointConfig(Instant):
    """Each attempt makes a configuration of its own, named as jobs are: one that exists cannot be changed."""

    name_member = "EndpointConfigName"

    def begin(self, arguments: dict[str, Any], context: Context) -> Progress:
        handle = {"EndpointConfigName": context.job_name}
        created = context.invoke("CreateEndpointConfig", {**arguments, **handle})
        return Progress("Succeeded", {"EndpointConfig": {"Arn": created["EndpointConfigArn"]}}, handle)

    def properties(self, handle: Handle, context: Context) -> dict[str, Any]:
        return context.invoke("DescribeEndpointConfig", handle)


class Endpoint(Evaluated):
    """An endpoint that is not there is created, one that is there is updated (facts/pipeline-execution.md,
    section 1.3), so its name is taken as it is written."""

    name_member = ""

    def begin(self, arguments: dict[str, Any], context: Context) -> Progress:
        name = {"EndpointName": arguments.get("EndpointName") or context.job_name}
        config = {"EndpointConfigName": arguments.get("EndpointConfigName")}
        try:
            context.invoke("DescribeEndpoint", name)
        except WorkFailed as missing:
            if missing.is_denial:
                raise
            deployed = context.invoke("CreateEndpoint", {**arguments, **name})
        else:
            deployed = context.invoke("UpdateEndpoint", {**name, **config})
        return Progress("Executing", {"Endpoint": {"Arn": deployed["EndpointArn"]}}, {**name, **config})

    def observe(self, handle: Handle, context: Context) -> Progress:
        endpoint = self.properties(handle, context)
        status = _STATUSES.get(endpoint["EndpointStatus"], "Executing")
        if status == "Succeeded" and endpoint["EndpointConfigName"] != handle["EndpointConfigName"]:
            # The update was rolled back: what served before goes on, and the step has not done its work.
            status = "Failed"
        reason = endpoint.get("FailureReason") or "The endpoint failed without a reason."
        return Progress(status, failure=Failure(f"ClientError: {reason}") if status == "Failed" else None)

    def stop(self, handle: Handle, context: Context) -> None:
        """A deployment cannot be stopped; the step ends with it."""

    def properties(self, handle: Handle, context: Context) -> dict[str, Any]:
        return context.invoke("DescribeEndpoint", {"EndpointName": handle["EndpointName"]})
