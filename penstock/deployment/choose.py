"""Which revision a deploy puts there: what the project says, or a former one."""

from collections.abc import Callable

from penstock.definition.compiled import (
    Compiled,
    definition_path,
    load,
    manifest_path,
    read,
    require_pipeline,
    source_files,
)
from penstock.deployment import kept, preflight
from penstock.deployment.aws import Aws
from penstock.deployment.commit import of_files
from penstock.deployment.environments import Environment
from penstock.deployment.request import pipeline_name
from penstock.deployment.revision import Revision, of_project
from penstock.errors import PenstockError
from penstock.project import TEMPLATE, Project


def choose(
    project: Project, name: str, aws: Aws, reference: str | None, tell: Callable[[str], None]
) -> Revision:
    """What deploys of pipeline `name` put there: what the project says, or the former deploy `reference`.
    `tell` hears why its commit is not known, where that is nothing to expect.

    Raises UsageError if there is no such pipeline or deploy, PenstockError for what cannot be deployed.
    """
    environment = aws.environment
    if reference is None:
        compiled = load(project, name)
        commit = of_files(project.root, _made_from(project, compiled, environment), tell)
        return of_project(project, compiled, environment, commit)
    require_pipeline(project, name)
    known = read(project, name)  # stale or not: only the pipeline's name in AWS is needed
    if known is None:
        raise PenstockError(f"{name} was never compiled", remedy=f"Run `penstock compile {name}`.")
    preflight.require_account(aws)
    preflight.require_bucket(aws)
    return kept.find(aws, name, pipeline_name(project, known.manifest, environment), reference)


def _made_from(project: Project, compiled: Compiled, environment: Environment) -> list[str]:
    """The project's files that a deploy is made from."""
    manifest = compiled.manifest
    written = [
        definition_path(project, manifest.name),
        manifest_path(project, manifest.name),
        project.environments / f"{environment.name}.toml",
    ]
    return [
        TEMPLATE,
        *(project.relative(path) for path in written),
        *manifest.sources,
        *manifest.assets,
        *(function.source for function in manifest.functions.values()),
        *(
            project.relative(file)
            for function in manifest.functions.values()
            for file in source_files(project.root / function.source).values()
        ),
    ]
