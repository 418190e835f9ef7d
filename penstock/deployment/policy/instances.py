"""What the instances of a pipeline's EMR clusters need: the objects that their steps are given, and a log.

A rendered definition in, a policy out. An argument is written if it is a path of the execution's own, or if
another step refers to it; any other URI is read. What a program names in its own code is not seen.
"""

import re
from collections.abc import Mapping
from typing import Any

from penstock.definition.expressions import references
from penstock.definition.structure import Step, all_steps
from penstock.deployment.environments import Environment
from penstock.deployment.policy import actions
from penstock.deployment.policy.grants import Document, Grants
from penstock.deployment.policy.keys import key_arn
from penstock.deployment.policy.objects import bucket_arn, objects_arn
from penstock.deployment.policy.values import Values

# Spark's committers remove what they no longer need.
_WRITE = (*actions.WRITE_OBJECTS, "s3:DeleteObject")
_ARGUMENT = re.compile(r"Steps\.([^.]+)\.Config\.Args\[(\d+)\]")


def needs(definition: Mapping[str, Any], environment: Environment, pipeline: str) -> Document | None:
    """The policy of the instance profile's role; None if no step makes a cluster."""
    steps = list(all_steps(definition))
    clusters = [step for step in steps if step["Type"] == "EMR" and "ClusterConfig" in step["Arguments"]]
    if not clusters:
        return None
    grants, values = Grants(), Values(definition, pipeline)
    referred = set(_ARGUMENT.findall(" ".join(text for step in steps for text in _texts(step))))
    for step in clusters:
        _step(grants, values, environment, step, referred)
    return grants.document()


def _step(
    grants: Grants, values: Values, environment: Environment, step: Step, referred: set[tuple[str, str]]
) -> None:
    partition = environment.partition
    hadoop = step["Arguments"].get("StepConfig", {}).get("HadoopJarStep", {})
    arguments = [hadoop.get("Jar", ""), *hadoop.get("Args", [])]
    for number, argument in enumerate(arguments, start=-1):
        is_written = (step["Name"], str(number)) in referred or _is_of_the_execution(argument)
        for uri in values.of(argument):
            if not uri.startswith("s3://"):
                continue
            grants.allow("ListBuckets", actions.BUCKETS, bucket_arn(partition, uri))
            grants.allow("ReadObjects", actions.READ_OBJECTS, objects_arn(partition, uri))
            if is_written:
                grants.allow("WriteObjects", _WRITE, objects_arn(partition, uri))
    for uri in values.of(step["Arguments"]["ClusterConfig"].get("LogUri", "")):
        if uri.startswith("s3://"):
            grants.allow("WriteLogs", actions.WRITE_OBJECTS, objects_arn(partition, uri))
    if key := environment.kms_key:
        grants.allow("UseKeys", ("kms:Decrypt", "kms:GenerateDataKey"), key_arn(environment, key))


def _is_of_the_execution(argument: Any) -> bool:
    found = _texts(argument)
    return any(text.startswith("Execution.") for text in found) and not any(
        text.startswith("Steps.") for text in found
    )


def _texts(value: Any) -> list[str]:
    """What the expressions in a value refer to."""
    return [reference.text for reference in references(value)]
