"""EMR's documents: a cluster and its steps as DescribeCluster and DescribeStep show them.

Functions from data to data. Times are seconds since the epoch; members that begin with an underscore stay
inside.
"""

import secrets
import string
from typing import Any

Document = dict[str, Any]

CLUSTER = "EmrCluster"  # by cluster id
STEP = "EmrStep"  # by `<cluster id>/<step id>`

OPEN_STATES = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING")
ENDED_CLUSTER = ("TERMINATED", "TERMINATED_WITH_ERRORS")
RUNNING_STEP = ("RUNNING", "CANCEL_PENDING")
ENDED_STEP = ("COMPLETED", "CANCELLED", "FAILED", "INTERRUPTED")

_ID_LETTERS = string.ascii_uppercase + string.digits

# RunJobFlow's members that Cluster shows under the same name.
_SHOWN = (
    "Name", "LogUri", "LogEncryptionKmsKeyId", "ReleaseLabel", "Applications", "Configurations",
    "SecurityConfiguration", "ServiceRole", "AutoScalingRole", "CustomAmiId", "EbsRootVolumeSize",
    "EbsRootVolumeIops", "EbsRootVolumeThroughput", "RepoUpgradeOnBoot", "KerberosAttributes",
    "OSReleaseLabel", "PlacementGroupConfigs", "MonitoringConfiguration", "ExtendedSupport",
    "SessionEnabled",
)  # fmt: skip


def new_id(prefix: str) -> str:
    """`j-2AXXXXXXGAPLF`, `s-...`, `ig-...`."""
    return prefix + "".join(secrets.choice(_ID_LETTERS) for _ in range(13))


def new_cluster(request: Document, identifier: str, arn: str, now: float) -> Document:
    """The document of a cluster that was just asked for by RunJobFlow."""
    instances = request["Instances"]
    keep_alive = instances.get("KeepJobFlowAliveWhenNoSteps", False)
    fleets = "InstanceFleets" in instances
    return {
        **{name: request[name] for name in _SHOWN if name in request},
        "Id": identifier,
        "ClusterArn": arn,
        "Tags": request.get("Tags", []),
        "Status": {"State": "STARTING", "StateChangeReason": {}, "Timeline": {"CreationDateTime": now}},
        "Ec2InstanceAttributes": _ec2_attributes(request),
        "InstanceCollectionType": "INSTANCE_FLEET" if fleets else "INSTANCE_GROUP",
        "AutoTerminate": not keep_alive,
        "TerminationProtected": instances.get("TerminationProtected", False),
        "VisibleToAllUsers": request.get("VisibleToAllUsers", True),
        "ScaleDownBehavior": request.get("ScaleDownBehavior", "TERMINATE_AT_TASK_COMPLETION"),
        "StepConcurrencyLevel": request.get("StepConcurrencyLevel", 1),
        "NormalizedInstanceHours": 0,
        "_BootstrapActions": request.get("BootstrapActions", []),
        "_InstanceGroups": [] if fleets else _instance_groups(instances, now),
        "_InstanceFleets": _instance_fleets(instances, now) if fleets else [],
        "_StepCount": 0,
    }


def new_step(config: Document, identifier: str, number: int, role: str | None, now: float) -> Document:
    """The document of a step (StepConfig) that waits for its turn; `number` is its place in the cluster.

    What EMR takes for an ActionOnFailure that is not given is not documented: CONTINUE, which ends nothing.
    """
    hadoop = config["HadoopJarStep"]
    step = {
        "Id": identifier,
        "Name": config["Name"],
        "Config": {
            "Jar": hadoop["Jar"],
            "Properties": {each["Key"]: each.get("Value", "") for each in hadoop.get("Properties", [])},
            "Args": hadoop.get("Args", []),
            **({"MainClass": hadoop["MainClass"]} if "MainClass" in hadoop else {}),
        },
        "ActionOnFailure": config.get("ActionOnFailure", "CONTINUE"),
        "Status": {"State": "PENDING", "StateChangeReason": {}, "Timeline": {"CreationDateTime": now}},
        "_Number": number,
    }
    if role is not None:
        step["ExecutionRoleArn"] = role
    return step


def step_name(cluster_id: str, step_id: str) -> str:
    return f"{cluster_id}/{step_id}"


def state_of(document: Document) -> str:
    state: str = document["Status"]["State"]
    return state


def set_cluster_state(cluster: Document, state: str, code: str, message: str, now: float) -> None:
    """`code` is a ClusterStateChangeReasonCode, "" for none."""
    status = cluster["Status"]
    status["State"] = state
    status["StateChangeReason"] = {"Code": code, "Message": message} if code else {"Message": message}
    if state in ("RUNNING", "WAITING"):
        status["Timeline"].setdefault("ReadyDateTime", now)
    if state in ENDED_CLUSTER:
        status["Timeline"]["EndDateTime"] = now
    if state == "TERMINATING" or state in ENDED_CLUSTER:
        for group in (*cluster["_InstanceGroups"], *cluster["_InstanceFleets"]):
            group["Status"]["State"] = state.removesuffix("_WITH_ERRORS")


def set_step_state(
    step: Document, state: str, now: float, message: str = "", failure: Document | None = None
) -> None:
    """`failure` is the FailureDetails of a step that failed: Reason, Message, LogFile."""
    status = step["Status"]
    status["State"] = state
    # A step's only reason code is NONE; it is left out, as AWS does.
    status["StateChangeReason"] = {"Message": message} if message else {}
    if failure:
        status["FailureDetails"] = failure
    if state == "RUNNING":
        status["Timeline"]["StartDateTime"] = now
    if state in ENDED_STEP:
        status["Timeline"]["EndDateTime"] = now


def _ec2_attributes(request: Document) -> Document:
    instances = request["Instances"]
    attributes = {
        "Ec2KeyName": instances.get("Ec2KeyName"),
        "Ec2SubnetId": instances.get("Ec2SubnetId"),
        "RequestedEc2SubnetIds": instances.get("Ec2SubnetIds"),
        "Ec2AvailabilityZone": instances.get("Placement", {}).get("AvailabilityZone"),
        "IamInstanceProfile": request.get("JobFlowRole"),
        "EmrManagedMasterSecurityGroup": instances.get("EmrManagedMasterSecurityGroup"),
        "EmrManagedSlaveSecurityGroup": instances.get("EmrManagedSlaveSecurityGroup"),
        "ServiceAccessSecurityGroup": instances.get("ServiceAccessSecurityGroup"),
    }
    return {name: value for name, value in attributes.items() if value is not None}


def _instance_groups(instances: Document, now: float) -> list[Document]:
    groups = instances.get("InstanceGroups") or _groups_of_types(instances)
    return [
        {
            **{name: group[name] for name in ("Name", "BidPrice", "Configurations") if name in group},
            "Id": new_id("ig-"),
            "Market": group.get("Market", "ON_DEMAND"),
            "InstanceGroupType": group["InstanceRole"],
            "InstanceType": group["InstanceType"],
            "RequestedInstanceCount": group["InstanceCount"],
            # One machine does the work of all of them; nothing runs that could be listed.
            "RunningInstanceCount": 0,
            "Status": {"State": "RUNNING", "StateChangeReason": {}, "Timeline": {"CreationDateTime": now}},
        }
        for group in groups
    ]


def _groups_of_types(instances: Document) -> list[Document]:
    """The older way to say it: a type for the master, one for the others, and how many in all."""
    if "MasterInstanceType" not in instances:
        return []
    master = instances["MasterInstanceType"]
    groups = [{"InstanceRole": "MASTER", "InstanceType": master, "InstanceCount": 1}]
    others = instances.get("InstanceCount", 1) - 1
    if others > 0:
        kind = instances.get("SlaveInstanceType", master)
        groups.append({"InstanceRole": "CORE", "InstanceType": kind, "InstanceCount": others})
    return groups


def _instance_fleets(instances: Document, now: float) -> list[Document]:
    return [
        {
            **{
                name: fleet[name]
                for name in ("Name", "InstanceFleetType", "TargetOnDemandCapacity", "TargetSpotCapacity")
                if name in fleet
            },
            "Id": new_id("if-"),
            "Status": {"State": "RUNNING", "StateChangeReason": {}, "Timeline": {"CreationDateTime": now}},
        }
        for fleet in instances["InstanceFleets"]
    ]
