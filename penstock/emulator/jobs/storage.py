"""Objects of S3 as a job's files, and its files as objects.

It knows URIs, prefixes and manifests; it knows no job.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boto3.exceptions import S3UploadFailedError

from penstock.emulator.jobs.failures import JobFailed, client_error


@dataclass(frozen=True)
class Object:
    """`name` is its key relative to the prefix it was asked for by."""

    bucket: str
    key: str
    size: int
    name: str

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def parse_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of an S3 URI. Raises JobFailed."""
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise client_error(f"{uri!r} is not an S3 URI: s3://bucket/key")
    return bucket, key


def join(uri: str, *names: str) -> str:
    return "/".join([uri.rstrip("/"), *names])


def relative_name(key: str, prefix: str) -> str:
    """A key relative to the prefix that found it; the folder tree below the prefix is kept.

    Without a slash at its end a prefix may be a folder, a whole key, or the beginning of several names
    (facts/jobs-and-hosting.md, 10: AWS's exact rule is unknown; this is the reading under which all
    three come out as a person expects).
    """
    rest = key[len(prefix) :]
    if not prefix or prefix.endswith("/") or rest.startswith("/"):
        return rest.lstrip("/")
    return key[prefix.rfind("/") + 1 :]


def find(s3: Any, data_source: dict[str, Any]) -> list[Object]:
    """The objects of an S3DataSource {S3DataType, S3Uri}, at least one, by key. Raises JobFailed."""
    uri, kind = data_source["S3Uri"], data_source.get("S3DataType", "S3Prefix")
    match kind:
        case "S3Prefix":
            objects = list(_below(s3, uri))
        case "ManifestFile":
            objects = list(_of_manifest(s3, uri))
        case _:
            raise client_error(f"S3DataType {kind} is not supported for {uri}; use S3Prefix or ManifestFile")
    if not objects:
        raise _nothing_found(uri)
    return objects


def _nothing_found(uri: str) -> JobFailed:
    return client_error(
        f"No S3 objects found under S3 URL {uri!r}. "
        "Check that the bucket is there and that objects exist under that prefix."
    )


def _below(s3: Any, uri: str) -> Iterator[Object]:
    bucket, prefix = parse_uri(uri)
    try:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for entry in page.get("Contents", []):
                # A key that ends with a slash is how consoles draw a folder.
                if not entry["Key"].endswith("/"):
                    name = relative_name(entry["Key"], prefix)
                    yield Object(bucket, entry["Key"], entry["Size"], name)
    except s3.exceptions.NoSuchBucket:
        raise _nothing_found(uri) from None


def _of_manifest(s3: Any, uri: str) -> Iterator[Object]:
    """A manifest is [{"prefix": "s3://..."}, "name", ...] (facts/jobs-and-hosting.md, 2)."""
    try:
        manifest = json.loads(read(s3, uri))
        prefix, names = manifest[0]["prefix"], manifest[1:]
    except FileNotFoundError:
        raise _nothing_found(uri) from None
    except (ValueError, LookupError, TypeError):
        raise client_error(
            f'{uri} is not a manifest: [{{"prefix": "s3://bucket/folder/"}}, "name", ...]'
        ) from None
    bucket, folder = parse_uri(prefix)
    for name in names:
        try:
            size = s3.head_object(Bucket=bucket, Key=folder + name)["ContentLength"]
        except s3.exceptions.ClientError as error:
            _explain(s3, bucket, folder + name, error)
            raise _nothing_found(prefix + name) from None
        yield Object(bucket, folder + name, size, name)


def read(s3: Any, uri: str) -> bytes:
    """A small object. Raises FileNotFoundError."""
    bucket, key = parse_uri(uri)
    try:
        return bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except (s3.exceptions.NoSuchKey, s3.exceptions.NoSuchBucket):
        raise FileNotFoundError(uri) from None


def download(s3: Any, objects: list[Object], folder: Path) -> None:
    """Put objects into a folder under their names. Raises JobFailed when a name leads out of it."""
    folder.mkdir(parents=True, exist_ok=True)
    inside = folder.resolve()
    for found in objects:
        target = (folder / found.name).resolve()
        if not target.is_relative_to(inside) or target == inside:
            raise client_error(f"the key of {found.uri} does not name a file below its prefix")
        target.parent.mkdir(parents=True, exist_ok=True)
        download_file(s3, found.bucket, found.key, target)


def download_file(s3: Any, bucket: str, key: str, target: Path) -> None:
    """Raises S3's own error."""
    try:
        s3.download_file(bucket, key, str(target))
    except s3.exceptions.ClientError as error:
        _explain(s3, bucket, key, error)
        raise


def _explain(s3: Any, bucket: str, key: str, error: Any) -> None:
    """Raise S3's error with its reason, where it denied a HEAD request, whose answer has no room for one."""
    if error.response["ResponseMetadata"]["HTTPStatusCode"] == 403:
        s3.get_object(Bucket=bucket, Key=key)["Body"].close()


def files_of(folder: Path) -> Iterator[Path]:
    """The files below a folder, by path. Symbolic links are not followed (facts/jobs-and-hosting.md, 1)."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.is_symlink() for part in (path, *_parents(path, folder))):
            yield path


def _parents(path: Path, folder: Path) -> Iterator[Path]:
    for parent in path.parents:
        if parent == folder:
            return
        yield parent


def upload_file(s3: Any, file: Path, uri: str, kms_key: str | None = None) -> None:
    """Raises JobFailed."""
    bucket, key = parse_uri(uri)
    extra = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else None
    try:
        s3.upload_file(str(file), bucket, key, ExtraArgs=extra)
    except S3UploadFailedError as error:
        # Its own text names the file on this machine; what the service said is behind it.
        cause = error.__context__
        told = cause.response["Error"] if isinstance(cause, s3.exceptions.ClientError) else {}
        what = f"{told['Code']}: {told['Message']}" if told else str(cause or error)
        raise client_error(f"could not upload to {uri}: {what}") from None


def upload_folder(s3: Any, folder: Path, uri: str, kms_key: str | None = None) -> None:
    """Put all files of a folder below a URI, the tree kept."""
    for file in files_of(folder):
        upload_file(s3, file, join(uri, file.relative_to(folder).as_posix()), kms_key)
