"""The request that every deploy sends: a compiled definition, an environment and `pipeline.json.j2`.

From data to data: nothing here talks to AWS, so `penstock render` shows what deploy would send.
"""

import json
from typing import Any

from penstock.definition.compiled import Compiled, Manifest
from penstock.deployment import tags
from penstock.deployment.assets import asset_uri
from penstock.deployment.environments import Environment
from penstock.deployment.functions.wanted import function_arn
from penstock.deployment.images import image_uri
from penstock.deployment.render import render
from penstock.errors import PenstockError
from penstock.project import TEMPLATE, Project
from penstock.service_model import input_shape, validate

Request = dict[str, Any]


def build(project: Project, compiled: Compiled, environment: Environment) -> Request:
    """The CreatePipeline request, checked against the service model; PipelineDefinition is inline JSON text.

    Raises PenstockError that names the file and the path of what cannot be rendered or does not fit.
    """
    manifest = compiled.manifest
    names = names_for(project, manifest, environment)
    definition = render(compiled.definition, names, where=f"compiled/{manifest.name}.json")
    request = render(
        _template(project),
        names | {"pipeline": _pipeline(manifest), "definition": compact(definition)},
        where=TEMPLATE,
    )
    if request.get("Tags"):
        request["Tags"] = tags.marked(request["Tags"])
    _check(request)
    return request


def names_for(project: Project, manifest: Manifest, environment: Environment) -> dict[str, Any]:
    """What the placeholders of a definition, and of its functions, can use."""
    pipeline = pipeline_name(project, manifest, environment)
    return {
        "env": environment.placeholders(),
        "image": lambda name: image_uri(name, environment.region, environment.images),
        "asset": lambda path: asset_uri(environment, manifest, path),
        "function": lambda name: function_arn(manifest, environment, pipeline, name),
    }


def pipeline_name(project: Project, manifest: Manifest, environment: Environment) -> str:
    """The PipelineName that the template gives this pipeline in this environment."""
    names = {"env": environment.placeholders(), "pipeline": _pipeline(manifest)}
    return str(render(_template(project).get("PipelineName"), names, where=TEMPLATE))


def compact(document: Any) -> str:
    """JSON with sorted keys and no spaces: equal documents are equal texts."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _pipeline(manifest: Manifest) -> dict[str, str]:
    return {
        "name": manifest.pipeline_name,
        "display_name": manifest.display_name,
        "description": manifest.description,
    }


def _template(project: Project) -> Request:
    try:
        template = json.loads(project.template.read_text(encoding="utf-8"))
    except ValueError as error:
        raise PenstockError(f"is not JSON: {error}", where=TEMPLATE, remedy="Correct that line.") from None
    if not isinstance(template, dict):
        raise PenstockError("is not a JSON object", where=TEMPLATE, remedy="Write a CreatePipeline request.")
    return template


def _check(request: Request) -> None:
    # The client fills the token in, which makes a retried call the same call.
    complete = {"ClientRequestToken": "0" * 32, **request}
    problems = validate(input_shape("sagemaker", "CreatePipeline"), complete)
    # Too long to send inline is no problem: deploy then sends it by way of S3.
    problems = [p for p in problems if (p.rule, p.place) != ("max_length", "PipelineDefinition")]
    if problems:
        raise PenstockError(
            problems[0].message,
            where=TEMPLATE,
            remedy="Correct the environment, the pipeline's names, or the template itself.",
        )
