"""The policies of everyone who has to do with a pipeline, by role. From data to data."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from penstock.definition.compiled import Compiled
from penstock.deployment.environments import Environment
from penstock.deployment.functions.wanted import function_name, of_manifest
from penstock.deployment.policy import deployer, execution, functions, instances
from penstock.deployment.policy.grants import LONGEST, LONGEST_MANAGED, Document, size, trust, trusting
from penstock.deployment.policy.roles import Role
from penstock.deployment.render import render
from penstock.deployment.request import names_for, pipeline_name
from penstock.project import Project


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
        trusted = trust("sagemaker.amazonaws.com", environment.account)
        made.append(RolePolicy("execution", environment.role, trusted, needed.policy, needed.notes))
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
            trusted = trust("lambda.amazonaws.com", environment.account)
            made.append(RolePolicy(f"function {one.name}", role, trusted, needed_by))
    if Role.INSTANCES in roles and (needed_there := instances.needs(definition, environment, pipeline)):
        # An instance profile's role is taken to have the same name.
        role = (
            f"arn:{environment.partition}:iam::{environment.account}:role/{environment.emr_instance_profile}"
        )
        trusted = trust("ec2.amazonaws.com", environment.account)
        made.append(RolePolicy("instances", role, trusted, needed_there))
    return [replace(one, notes=[*one.notes, *_too_long(one.policy)]) for one in made]


def _too_long(policy: Document) -> list[str]:
    if size(policy) <= LONGEST:
        return []
    return [
        f"the policy has {size(policy):,} characters, and all inline policies of a role may have {LONGEST:,}:"
        f" make managed policies of its statements, of {LONGEST_MANAGED:,} each at most"
    ]


def joined(policies: list[RolePolicy]) -> Document:
    """One document with the statements of all: what a role that serves them all needs."""
    return {
        "Version": "2012-10-17",
        "Statement": [statement for one in policies for statement in one.policy["Statement"]],
    }
