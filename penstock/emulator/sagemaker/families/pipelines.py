"""Pipelines and their versions.

A Pipeline document holds what all versions share, and which version has which alias; a PipelineVersion
document, named `<pipeline>/<id>`, holds the definition's text and what tells versions apart.
"""

from typing import Any

from penstock.emulator.engine.definition import Definition, DefinitionError, parse_definition
from penstock.emulator.sagemaker import resources, tokens
from penstock.emulator.sagemaker.context import Context, Document
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.listing import Listing

KIND = "Pipeline"
VERSION = "PipelineVersion"
EXECUTION = "PipelineExecution"
RUNNING = ("Executing", "Stopping")

_MOST_ALIASES = 10
_DEFINITION = ("PipelineDefinition", "PipelineDefinitionS3Location")

_LISTING = Listing(
    items="PipelineSummaries",
    name="PipelineName",
    summary=lambda pipeline: {**pipeline, "LastExecutionTime": pipeline.get("LastRunTime")},
)
_VERSIONS = Listing(items="PipelineVersionSummaries", name="PipelineVersionId", sort_by="PipelineVersionId")


def create_pipeline(context: Context, request: Document) -> Document:
    name = request["PipelineName"]
    text = _definition_text(context, request)
    if text is None:
        raise _invalid("Exactly one of PipelineDefinition and PipelineDefinitionS3Location must be provided.")
    read_definition(text)
    resources.need_role(context, request["RoleArn"])
    arn, now = context.arn(f"pipeline/{name}"), context.now()

    def create() -> Document:
        document: Document = {
            "PipelineDisplayName": name,
            **resources.members_of(request, *_DEFINITION, "PipelineVersionAliases"),
            "PipelineArn": arn,
            "PipelineStatus": "Active",
            "CreationTime": now,
            "LastModifiedTime": now,
            "CreatedBy": {},
            "LastModifiedBy": {},
            "_LastVersion": 1,
            "_Aliases": {},
        }
        _add_aliases(document, 1, request.get("PipelineVersionAliases", []))
        taken = _invalid(
            "Pipeline names must be unique within an AWS account and region. Pipeline with name"
            f" ({name}) already exists."
        )
        resources.create(context, KIND, name, arn, document, request.get("Tags", []), taken)
        # Those of a deleted pipeline of this name: its DeletePipeline must not answer for this one.
        tokens.forget(context, name)
        _create_version(context, document, text)
        return {"PipelineArn": arn}

    return tokens.once(context, "CreatePipeline", name, request, create)[0]


def update_pipeline(context: Context, request: Document) -> Document:
    """A new version comes of a new definition only (the model's text of PipelineVersionAliases)."""
    name = request["PipelineName"]
    need_pipeline(context, name)
    text = _definition_text(context, request)
    if text is not None:
        read_definition(text)
    resources.need_role(context, request.get("RoleArn"))
    with context.store.transaction():
        pipeline = need_pipeline(context, name)
        latest = need_version(context, pipeline, pipeline["_LastVersion"])
        is_new = text is not None and text != latest["PipelineDefinition"]
        aliases = request.get("PipelineVersionAliases", [])
        if aliases and not is_new:
            raise _invalid(
                "PipelineVersionAliases can be given only when the definition changes. Use"
                " UpdatePipelineVersion."
            )

        def change(document: Document) -> None:
            document.update(resources.members_of(request, *_DEFINITION, "PipelineVersionAliases"))
            document.update(LastModifiedTime=context.now(), LastModifiedBy={})
            if is_new:
                document["_LastVersion"] += 1
                _add_aliases(document, document["_LastVersion"], aliases)

        pipeline = context.store.update(KIND, name, change)
        if is_new and text is not None:
            _create_version(context, pipeline, text)
    return {"PipelineArn": pipeline["PipelineArn"], "PipelineVersionId": pipeline["_LastVersion"]}


def describe_pipeline(context: Context, request: Document) -> Document:
    pipeline, version = chosen_version(context, request)
    times = {"CreationTime": pipeline["CreationTime"]}
    return {**pipeline, **version, **times, **aliases_of(pipeline, version["PipelineVersionId"])}


def delete_pipeline(context: Context, request: Document) -> Document:
    name = request["PipelineName"]

    def delete() -> Document:
        pipeline = need_pipeline(context, name)
        executions = context.store.all(EXECUTION, f"{name}/")
        running = [each for each in executions if each["PipelineExecutionStatus"] in RUNNING]
        if running:
            raise ServiceError(
                "ConflictException",
                f"Pipeline {pipeline['PipelineArn']} has a running execution,"
                f" {running[0]['PipelineExecutionArn']}. Stop it before you delete the pipeline.",
            )
        for execution in executions:
            arn = execution["PipelineExecutionArn"]
            context.store.delete_events(arn)
            context.store.delete(EXECUTION, f"{name}/{arn.rpartition('/')[2]}")
        for version in context.store.all(VERSION, f"{name}/"):
            context.store.delete(VERSION, f"{name}/{version['PipelineVersionId']}")
        tokens.forget(context, name)
        resources.remove(context, KIND, name, pipeline["PipelineArn"])
        return {"PipelineArn": pipeline["PipelineArn"]}

    return tokens.once(context, "DeletePipeline", name, request, delete)[0]


def list_pipelines(context: Context, request: Document) -> Document:
    # None of the pipelines here is managed by AWS.
    managed_by_aws = request.get("ManagedBy") == "AWS"
    prefix = request.get("PipelineNamePrefix", "")
    return _LISTING.answer(request, [] if managed_by_aws else context.store.all(KIND, prefix))


def list_pipeline_versions(context: Context, request: Document) -> Document:
    pipeline = need_pipeline(context, request["PipelineName"])
    return _VERSIONS.answer(
        request,
        [
            {**version, **aliases_of(pipeline, version["PipelineVersionId"])}
            for version in context.store.all(VERSION, f"{pipeline['PipelineName']}/")
        ],
    )


def update_pipeline_version(context: Context, request: Document) -> Document:
    number = request["PipelineVersionId"]
    operations = request.get("PipelineVersionAliasOperations", {})
    with context.store.transaction():
        pipeline = need_pipeline(context, request["PipelineArn"])
        need_version(context, pipeline, number)

        def change_aliases(document: Document) -> None:
            for alias in operations.get("Remove", []):
                if document["_Aliases"].get(alias) != number:
                    raise _invalid(f"Version {number} of {document['PipelineArn']} has no alias '{alias}'.")
                del document["_Aliases"][alias]
            _add_aliases(document, number, operations.get("Add", []))

        context.store.update(KIND, pipeline["PipelineName"], change_aliases)
        context.store.update(
            VERSION,
            f"{pipeline['PipelineName']}/{number}",
            lambda version: version.update(
                resources.members_of(request, "PipelineArn", "PipelineVersionAliasOperations")
            ),
        )
    return {"PipelineArn": pipeline["PipelineArn"], "PipelineVersionId": number}


def need_pipeline(context: Context, name_or_arn: str) -> Document:
    """Raises ServiceError: ResourceNotFound."""
    name = name_or_arn.rpartition("/")[2]
    document = context.store.get(KIND, name)
    if document is None or name_or_arn not in (name, document["PipelineArn"]):
        arn = context.arn(f"pipeline/{name}") if name == name_or_arn else name_or_arn
        raise ServiceError("ResourceNotFound", f"Pipeline '{arn}' does not exist.")
    return document


def need_version(context: Context, pipeline: Document, number: int) -> Document:
    """Raises ServiceError: ResourceNotFound."""
    version = context.store.get(VERSION, f"{pipeline['PipelineName']}/{number}")
    if version is None:
        raise ServiceError(
            "ResourceNotFound", f"Pipeline '{pipeline['PipelineArn']}' has no version {number}."
        )
    return version


def chosen_version(context: Context, request: Document) -> tuple[Document, Document]:
    """The pipeline that a request names and its version: by id, by alias, else the latest."""
    pipeline = need_pipeline(context, request["PipelineName"])
    if "PipelineVersionId" in request and "PipelineVersionAlias" in request:
        raise _invalid("PipelineVersionId and PipelineVersionAlias cannot be given together.")
    number: int = pipeline["_LastVersion"]
    if "PipelineVersionAlias" in request:
        number = version_with_alias(pipeline, request["PipelineVersionAlias"])
    elif "PipelineVersionId" in request:
        number = request["PipelineVersionId"]
    return pipeline, need_version(context, pipeline, number)


def version_with_alias(pipeline: Document, alias: str) -> int:
    """Raises ServiceError: ResourceNotFound."""
    number: int | None = pipeline["_Aliases"].get(alias)
    if number is None:
        raise ServiceError(
            "ResourceNotFound", f"Pipeline '{pipeline['PipelineArn']}' has no version with alias '{alias}'."
        )
    return number


def aliases_of(pipeline: Document, number: int) -> dict[str, Any]:
    """The member that names a version's aliases; none if it has none."""
    aliases = [alias for alias, version in pipeline["_Aliases"].items() if version == number]
    return {"PipelineVersionAliases": aliases} if aliases else {}


def read_definition(text: str) -> Definition:
    """Raises ServiceError for a definition that is refused."""
    try:
        return parse_definition(text)
    except DefinitionError as error:
        raise _invalid(error.message) from None


def _create_version(context: Context, pipeline: Document, text: str) -> None:
    number = pipeline["_LastVersion"]
    document = {
        "PipelineArn": pipeline["PipelineArn"],
        "PipelineVersionId": number,
        "CreationTime": pipeline["LastModifiedTime"],
        "PipelineDefinition": text,
    }
    context.store.create(VERSION, f"{pipeline['PipelineName']}/{number}", document)


def _definition_text(context: Context, request: Document) -> str | None:
    """The definition that a request gives, in one of two ways; None if it gives none."""
    if all(member in request for member in _DEFINITION):
        raise _invalid("Exactly one of PipelineDefinition and PipelineDefinitionS3Location must be provided.")
    location = request.get("PipelineDefinitionS3Location")
    if location is None:
        text: str | None = request.get("PipelineDefinition")
        return text
    uri = f"s3://{location['Bucket']}/{location['ObjectKey']}"
    if "VersionId" in location:
        raise _invalid(f"The emulator reads the latest version of {uri} only. Leave VersionId out.")
    try:
        return context.fetch(uri).decode()
    except FileNotFoundError:
        raise _invalid(f"Could not find the pipeline definition at {uri}.") from None
    except UnicodeDecodeError:
        raise _invalid(f"The pipeline definition at {uri} is not UTF-8 text.") from None


def _add_aliases(pipeline: Document, number: int, aliases: list[str]) -> None:
    taken: dict[str, int] = pipeline["_Aliases"]
    for alias in aliases:
        if alias.isdigit():
            raise _invalid(f"Alias '{alias}' cannot consist of numbers only.")
        if taken.get(alias, number) != number:
            raise _invalid(
                f"Alias '{alias}' belongs to version {taken[alias]} of {pipeline['PipelineArn']}. Remove it"
                " there first."
            )
        taken[alias] = number
    if list(taken.values()).count(number) > _MOST_ALIASES:
        raise _invalid(f"A pipeline version can have {_MOST_ALIASES} aliases.")


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
