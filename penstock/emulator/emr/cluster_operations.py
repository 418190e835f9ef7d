"""The operations on clusters. `request` is a validated request; answers are cut to the operation's shape."""

from collections.abc import Callable

from penstock.emulator.emr import lifecycle, paging
from penstock.emulator.emr.context import Context, invalid, refused
from penstock.emulator.emr.documents import CLUSTER, Document, new_cluster, new_id, state_of
from penstock.emulator.emr.step_operations import add_steps, check_concurrency


def run_job_flow(context: Context, request: Document) -> Document:
    _check_instances(request["Instances"])
    concurrency = request.get("StepConcurrencyLevel", 1)
    check_concurrency(concurrency)
    if "AutoTerminationPolicy" in request:
        raise refused(
            "The emulator has no AutoTerminationPolicy: leave it out, and terminate the cluster yourself."
        )
    identifier, now = new_id("j-"), context.now()
    arn = context.cluster_arn(identifier)
    with context.store.transaction():
        context.store.create(CLUSTER, identifier, new_cluster(request, identifier, arn, now))
        add_steps(context, identifier, request.get("Steps", []), request.get("StepExecutionRoleArn"))
    context.clusters.begin(identifier)
    return {"JobFlowId": identifier, "ClusterArn": arn}


def describe_cluster(context: Context, request: Document) -> Document:
    return {"Cluster": context.cluster(request["ClusterId"])}


def list_clusters(context: Context, request: Document) -> Document:
    states = request.get("ClusterStates")
    after, before = request.get("CreatedAfter", 0.0), request.get("CreatedBefore", float("inf"))
    found = [
        cluster
        for cluster in context.store.all(CLUSTER)
        if (not states or state_of(cluster) in states) and after <= _created(cluster) <= before
    ]
    found.sort(key=lambda cluster: (_created(cluster), cluster["Id"]), reverse=True)
    return paging.page("Clusters", found, request.get("Marker"))


def terminate_job_flows(context: Context, request: Document) -> None:
    clusters = [_need(context, identifier) for identifier in request["JobFlowIds"]]
    for cluster in clusters:
        if cluster["TerminationProtected"]:
            raise refused("Could not shut down one or more job flows since they are termination protected.")
    for cluster in clusters:
        context.clusters.terminate(cluster["Id"], lifecycle.USER_REQUEST)


def set_termination_protection(context: Context, request: Document) -> None:
    protected = request["TerminationProtected"]
    _change_each(context, request, lambda cluster: cluster.update(TerminationProtected=protected))


def set_keep_job_flow_alive_when_no_steps(context: Context, request: Document) -> None:
    keep = request["KeepJobFlowAliveWhenNoSteps"]
    _change_each(context, request, lambda cluster: cluster.update(AutoTerminate=not keep))


def set_visible_to_all_users(context: Context, request: Document) -> None:
    visible = request["VisibleToAllUsers"]
    _change_each(context, request, lambda cluster: cluster.update(VisibleToAllUsers=visible))


def modify_cluster(context: Context, request: Document) -> Document:
    context.cluster(request["ClusterId"])
    level = request.get("StepConcurrencyLevel")
    check_concurrency(1 if level is None else level)

    def change(cluster: Document) -> None:
        if level is not None:
            cluster["StepConcurrencyLevel"] = level

    cluster = context.store.update(CLUSTER, request["ClusterId"], change)
    context.clusters.advance(request["ClusterId"])
    return {"StepConcurrencyLevel": cluster["StepConcurrencyLevel"]}


def add_tags(context: Context, request: Document) -> Document:
    new = {tag["Key"]: {"Value": "", **tag} for tag in request["Tags"] if "Key" in tag}
    return _tag(context, request, lambda tags: tags | new)


def remove_tags(context: Context, request: Document) -> Document:
    gone = set(request["TagKeys"])
    return _tag(context, request, lambda tags: {key: tag for key, tag in tags.items() if key not in gone})


def list_bootstrap_actions(context: Context, request: Document) -> Document:
    actions = context.cluster(request["ClusterId"])["_BootstrapActions"]
    shown = [
        {
            "Name": action["Name"],
            "ScriptPath": action["ScriptBootstrapAction"]["Path"],
            "Args": action["ScriptBootstrapAction"].get("Args", []),
        }
        for action in actions
    ]
    return {"BootstrapActions": shown}


def list_instance_groups(context: Context, request: Document) -> Document:
    cluster = context.cluster(request["ClusterId"])
    if cluster["InstanceCollectionType"] != "INSTANCE_GROUP":
        raise invalid("Instance fleets and instance groups are mutually exclusive.")
    return {"InstanceGroups": cluster["_InstanceGroups"]}


def list_instance_fleets(context: Context, request: Document) -> Document:
    cluster = context.cluster(request["ClusterId"])
    if cluster["InstanceCollectionType"] != "INSTANCE_FLEET":
        raise invalid("Instance fleets and instance groups are mutually exclusive.")
    return {"InstanceFleets": cluster["_InstanceFleets"]}


def list_instances(context: Context, request: Document) -> Document:
    """None: this machine does the work, and no instance of EC2 is there to be shown."""
    context.cluster(request["ClusterId"])
    return {"Instances": []}


def _check_instances(instances: Document) -> None:
    ways = [way for way in ("InstanceGroups", "InstanceFleets", "MasterInstanceType") if instances.get(way)]
    if len(ways) != 1:
        raise refused(
            "Instances must have exactly one of InstanceGroups, InstanceFleets and MasterInstanceType; it has"
            f" {' and '.join(ways) or 'none'}."
        )


def _need(context: Context, identifier: str) -> Document:
    cluster = context.store.get(CLUSTER, identifier)
    if cluster is None:
        raise refused("Specified job flow ID does not exist.")
    return cluster


def _change_each(context: Context, request: Document, change: Callable[[Document], None]) -> None:
    for identifier in request["JobFlowIds"]:
        _need(context, identifier)
    for identifier in request["JobFlowIds"]:
        context.store.update(CLUSTER, identifier, change)
        context.clusters.advance(identifier)


def _tag(
    context: Context, request: Document, change: Callable[[dict[str, Document]], dict[str, Document]]
) -> Document:
    context.cluster(request["ResourceId"])

    def tag(cluster: Document) -> None:
        cluster["Tags"] = list(change({each["Key"]: each for each in cluster["Tags"]}).values())

    context.store.update(CLUSTER, request["ResourceId"], tag)
    return {}


def _created(cluster: Document) -> float:
    created: float = cluster["Status"]["Timeline"]["CreationDateTime"]
    return created
