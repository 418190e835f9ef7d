"""The operations on steps. `request` is a validated request; the answer is cut to the operation's shape."""

from penstock.emulator.emr import paging
from penstock.emulator.emr.context import Context, invalid, refused
from penstock.emulator.emr.documents import (
    CLUSTER,
    OPEN_STATES,
    STEP,
    Document,
    new_id,
    new_step,
    state_of,
    step_name,
)

# facts/pipeline-execution.md, section 6
_MOST_PENDING = 256
_MOST_CONCURRENT = 256
_ENDS_ALL = ("TERMINATE_CLUSTER", "TERMINATE_JOB_FLOW", "CANCEL_AND_WAIT")


def add_job_flow_steps(context: Context, request: Document) -> Document:
    identifier = request["JobFlowId"]
    with context.store.transaction():
        cluster = context.store.get(CLUSTER, identifier)
        if cluster is None:
            raise refused("Specified job flow ID does not exist.")
        if state_of(cluster) not in OPEN_STATES:
            raise refused("A job flow that is shutting down, terminated, or finished may not be modified.")
        ids = add_steps(context, identifier, request["Steps"], request.get("ExecutionRoleArn"))
    context.clusters.advance(identifier)
    return {"StepIds": ids}


def describe_step(context: Context, request: Document) -> Document:
    context.cluster(request["ClusterId"])
    step = context.store.get(STEP, step_name(request["ClusterId"], request["StepId"]))
    if step is None:
        raise _no_step(request["StepId"])
    return {"Step": step}


def list_steps(context: Context, request: Document) -> Document:
    """The newest first, or those of StepIds."""
    context.cluster(request["ClusterId"])
    steps = context.clusters.steps(request["ClusterId"])[::-1]
    states, ids = request.get("StepStates"), request.get("StepIds")
    if states and ids:
        raise invalid("Only one of StepStates and StepIds may be given.")
    if ids:
        known = {step["Id"] for step in steps}
        for identifier in ids:
            if identifier not in known:
                raise _no_step(identifier)
    found = [
        step for step in steps if (not states or state_of(step) in states) and (not ids or step["Id"] in ids)
    ]
    return paging.page("Steps", found, request.get("Marker"))


def cancel_steps(context: Context, request: Document) -> Document:
    context.cluster(request["ClusterId"])
    kill = request.get("StepCancellationOption") == "TERMINATE_PROCESS"
    answers = []
    for identifier in request["StepIds"]:
        if context.store.get(STEP, step_name(request["ClusterId"], identifier)) is None:
            raise _no_step(identifier)
    for identifier in request["StepIds"]:
        submitted = context.clusters.cancel_step(request["ClusterId"], identifier, kill=kill)
        answer = {"StepId": identifier, "Status": "SUBMITTED" if submitted else "FAILED"}
        if not submitted:
            answer["Reason"] = f"Step {identifier} is not in a state that can be cancelled."
        answers.append(answer)
    return {"CancelStepsInfoList": answers}


def add_steps(context: Context, cluster_id: str, configs: list[Document], role: str | None) -> list[str]:
    """Store new steps of a cluster, in a transaction of the caller's; their ids. Raises ServiceError."""
    cluster = context.cluster(cluster_id)
    for config in configs:
        action = config.get("ActionOnFailure", "CONTINUE")
        if cluster["StepConcurrencyLevel"] > 1 and action in _ENDS_ALL:
            raise refused(
                f"ActionOnFailure {action} of step {config['Name']} is not valid: a cluster whose"
                " StepConcurrencyLevel is more than 1 takes CONTINUE."
            )
    pending = sum(state_of(step) == "PENDING" for step in context.clusters.steps(cluster_id))
    if pending + len(configs) > _MOST_PENDING:
        raise refused(
            f"Maximum number of active steps(State = 'Running', 'Pending' or 'Cancel_Pending') for cluster"
            f" exceeded: {_MOST_PENDING} may wait at a time."
        )
    ids = []
    for number, config in enumerate(configs, cluster["_StepCount"] + 1):
        step = new_step(config, new_id("s-"), number, role, context.now())
        context.store.create(STEP, step_name(cluster_id, step["Id"]), step)
        ids.append(step["Id"])

    def count(document: Document) -> None:
        document["_StepCount"] += len(configs)

    context.store.update(CLUSTER, cluster_id, count)
    return ids


def check_concurrency(level: int) -> None:
    if not 1 <= level <= _MOST_CONCURRENT:
        raise refused(f"StepConcurrencyLevel must be between 1 and {_MOST_CONCURRENT}; it is {level}.")


def _no_step(identifier: str) -> Exception:
    return invalid(f"Step id '{identifier}' is not valid.")
