"""Steps that make a model: Model (CreateModel) and RegisterModel (CreateModelPackage)."""

from typing import Any

from penstock.emulator.engine.policy import Failure
from penstock.emulator.engine.steps.interface import Context, Handle, Instant, Progress, WorkFailed

_STATUSES = {"Completed": "Succeeded", "Failed": "Failed"}


class Model(Instant):
    name_member = "ModelName"

    def begin(self, arguments: dict[str, Any], context: Context) -> Progress:
        handle = {"ModelName": context.job_name}
        created = context.invoke("CreateModel", {**arguments, **handle})
        return Progress("Succeeded", {"Model": {"Arn": created["ModelArn"]}}, handle)

    def properties(self, handle: Handle, context: Context) -> dict[str, Any]:
        return context.invoke("DescribeModel", handle)


class RegisterModel(Instant):
    """Makes the model package group when it is missing, which the pipeline service is inferred to do
    (facts/pipeline-execution.md, section 1.3).

    Tags are for that group (SDK2 PR 2475: "to allow for tagging model package groups"): CreateModelPackage
    takes none for a version [API]. What the service does with them where the group is there already is
    unknown; here it keeps the tags that it has.
    """

    def begin(self, arguments: dict[str, Any], context: Context) -> Progress:
        package = dict(arguments)
        if group := arguments.get("ModelPackageGroupName"):
            self._ensure_group(group, package.pop("Tags", []), context)
        arn = context.invoke("CreateModelPackage", package)["ModelPackageArn"]
        return Progress("Executing", {"RegisterModel": {"Arn": arn}}, {"ModelPackageName": arn})

    def observe(self, handle: Handle, context: Context) -> Progress:
        package = context.invoke("DescribeModelPackage", handle)
        status = _STATUSES.get(package["ModelPackageStatus"], "Executing")
        failure = Failure("ClientError: The model package failed.") if status == "Failed" else None
        return Progress(status, failure=failure)

    def properties(self, handle: Handle, context: Context) -> dict[str, Any]:
        return context.invoke("DescribeModelPackage", handle)

    def _ensure_group(self, group: str, tags: list[dict[str, str]], context: Context) -> None:
        request = {"ModelPackageGroupName": group}
        try:
            context.invoke("DescribeModelPackageGroup", request)
        except WorkFailed as missing:
            if missing.is_denial:
                raise
            try:
                context.invoke("CreateModelPackageGroup", {**request, "Tags": tags} if tags else request)
            except WorkFailed as refused:
                # Another execution may have made it in between; else it is refused for good.
                try:
                    context.invoke("DescribeModelPackageGroup", request)
                except WorkFailed:
                    raise refused from None
