"""The policies of everyone who has to do with a pipeline, by role. From data to data."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from penstock.definition.compiled import Compiled
from penstock.deployment.environments import Environment
from penstock.deployment.functions.wanted import function_name, of_manifest
from penstock.deployment.policy import deployer, execution, functions, instances
from penstock.deployment.policy.grants import Document, trust, trusting
from penstock.deployment.policy.roles import Role
from penstock.deployment.render import render
from penstock.deployment.request import names_for, pipeline_name
from penstock.project import Project

LONGEST = 10_240  # characters of the inline policies of a role, white space not counted (IAM quotas)


@dataclass(frozen=True)
class RolePolicy:
    """What one role is for. `role` is its ARN where the environment names it; `notes` are for people."""

    name: str
    role: str
    trust: Document
    policy: Document
    notes: list[str] = field(default_factory=list)

    def data(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if key != "name"}


def make(
    project: Project, compiled: Compiled, environment: Environment, roles: list[Role]
) -> list[RolePolicy]:
    """One for each role, or function. Raises PenstockError for what cannot be rendered."""
    manifest = compiled.manifest
    pipeline = pipeline_name(project, manifest, environment)
    names = names_for(project, manifest, environment)
    definition = render(compiled.definition, names, where=f"compiled/{manifest.name}.json")
    made: list[RolePolicy] = []
    if Role.EXECUTION in roles:
        needed = execution.needs(definition, environment, pipeline)
        trusted = trust("sagemaker.amazonaws.com")
        notes = [*needed.notes, *_too_long(needed.policy)]
        made.append(RolePolicy("execution", environment.role, trusted, needed.policy, notes))
    wanted = of_manifest(project, manifest, environment, pipeline, names)
    if Role.DEPLOYER in roles:
        account = f"arn:{environment.partition}:iam::{environment.account}:root"
        trusted = trusting({"AWS": account}, "sts:AssumeRole")
        needed_to_deploy = deployer.needs(environment, pipeline, definition, wanted)
        made.append(RolePolicy("deployer", "", trusted, needed_to_deploy))
    if Role.FUNCTIONS in roles:
        sources = {
            function_name(pipeline, name): function.source for name, function in manifest.functions.items()
        }
        for one in wanted:
            needed_by = functions.needs(project.root, sources[one.name], one, environment, pipeline)
            role = one.configuration["Role"]
            made.append(RolePolicy(f"function {one.name}", role, trust("lambda.amazonaws.com"), needed_by))
    if Role.INSTANCES in roles and (needed_there := instances.needs(definition, environment, pipeline)):
        # An instance profile's role is taken to have the same name.
        role = (
            f"arn:{environment.partition}:iam::{environment.account}:role/{environment.emr_instance_profile}"
        )
        made.append(RolePolicy("instances", role, trust("ec2.amazonaws.com"), needed_there))
    return made


def _too_long(policy: Document) -> list[str]:
    size = len(json.dumps(policy, separators=(",", ":")))
    if size <= LONGEST:
        return []
    return [f"the policy has {size:,} characters, and a role's inline policies {LONGEST:,}: split it in two"]


def joined(policies: list[RolePolicy]) -> Document:
    """One document with the statements of all: what a role that serves them all needs."""
    return {
        "Version": "2012-10-17",
        "Statement": [statement for one in policies for statement in one.policy["Statement"]],
    }
