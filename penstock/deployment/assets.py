"""Content-addressed files in the environment's bucket: what is missing, and its upload.

An asset lies under `<prefix>/assets/<sha256>/<file name>`: what is there already need not be sent, and
what a running execution uses is never overwritten. A definition too large to send inline lies beside them.
What they are files of, and when they are needed again, it does not know.
"""

import base64
import hashlib
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from botocore.exceptions import ClientError

from penstock.definition.compiled import Manifest
from penstock.deployment.aws import Aws, code, is_missing
from penstock.deployment.environments import Environment
from penstock.errors import PenstockError
from penstock.project import Project


@dataclass(frozen=True)
class Upload:
    """A file or bytes, and the key it gets. `sha256` is hexadecimal, `size` in bytes.

    `source` is None for what only the bucket has: a former deploy put it there.
    """

    name: str
    key: str
    sha256: str
    size: int
    source: Path | bytes | None = field(repr=False)

    def open(self) -> io.BufferedIOBase:
        if self.source is None:
            raise ValueError(f"{self.key} is in the bucket, and nowhere else")
        return io.BytesIO(self.source) if isinstance(self.source, bytes) else self.source.open("rb")


class Progress(Protocol):
    """Who wants to know how far an upload is."""

    def sending(self, upload: Upload, sent: int) -> None:
        """`sent` bytes are read; it can begin anew, where the content is signed or sent again."""

    def published(self, upload: Upload) -> None: ...


def asset_key(prefix: str, path: str, sha256: str) -> str:
    return f"{prefix}/assets/{sha256}/{PurePosixPath(path).name}"


def asset_uri(environment: Environment, manifest: Manifest, path: str) -> str:
    """The S3 URI that an asset has in the environment, published or not. Raises PenstockError."""
    if path not in manifest.assets:
        raise PenstockError(
            f"{path!r} is not an asset of the manifest",
            remedy=f"The assets are {', '.join(sorted(manifest.assets)) or 'none'}.",
        )
    key = asset_key(environment.prefix, path, manifest.assets[path].sha256)
    return f"s3://{environment.bucket}/{key}"


def of_manifest(project: Project, manifest: Manifest, environment: Environment) -> list[Upload]:
    """One upload for each asset of the manifest."""
    return [
        Upload(
            path,
            asset_key(environment.prefix, path, asset.sha256),
            asset.sha256,
            asset.size,
            project.root / path,
        )
        for path, asset in sorted(manifest.assets.items())
    ]


def of_definition(text: str, name: str, environment: Environment) -> Upload:
    """The upload of a definition's text."""
    content = text.encode()
    sha256 = hashlib.sha256(content).hexdigest()
    key = f"{environment.prefix}/definitions/{sha256}/{name}.json"
    return Upload("the definition", key, sha256, len(content), content)


def of_bytes(file_name: str, content: bytes, environment: Environment) -> Upload:
    """The upload of an asset that is no file of the project: it is made when it is needed."""
    sha256 = hashlib.sha256(content).hexdigest()
    key = asset_key(environment.prefix, file_name, sha256)
    return Upload(file_name, key, sha256, len(content), content)


def missing(aws: Aws, uploads: Iterable[Upload]) -> list[Upload]:
    """Those that are not in the bucket, or are not there as they should be."""
    return [upload for upload in uploads if not _is_published(aws, upload)]


def content(aws: Aws, upload: Upload) -> bytes:
    """What an upload holds, from the bucket if it is there only.

    Raises PenstockError if the bucket no longer has it, or has something else under its key.
    """
    if upload.source is not None:
        with upload.open() as file:
            return file.read()
    environment = aws.environment
    try:
        found = aws.s3.get_object(
            Bucket=environment.bucket, Key=upload.key, ExpectedBucketOwner=environment.account
        )
    except ClientError as error:
        if is_missing(error):
            raise gone(aws, upload) from None
        raise
    read: bytes = found["Body"].read()
    if hashlib.sha256(read).hexdigest() != upload.sha256:
        raise unusable(aws, upload)
    return read


def gone(aws: Aws, upload: Upload) -> PenstockError:
    """That a former deploy's file is in the bucket no more."""
    return unusable(aws, upload, f"{upload.name} of that deploy is in the bucket no more")


def unusable(aws: Aws, upload: Upload, what: str = "is not what a deploy put there") -> PenstockError:
    """That the way back to a former deploy ends at this file."""
    return PenstockError(
        what,
        where=f"s3://{aws.environment.bucket}/{upload.key}",
        remedy="Check out the commit that made it, compile, and deploy that.",
    )


def publish(aws: Aws, upload: Upload, progress: Progress) -> None:
    """Put it into the bucket, checked before it leaves (against the manifest) and by S3 when it arrives.

    Raises PenstockError if the file is no longer what was planned.
    """
    environment = aws.environment
    with _opened(upload) as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != upload.sha256:
            raise _changed(upload)
        file.seek(0)
        request: dict[str, Any] = {
            "Bucket": environment.bucket,
            "Key": upload.key,
            "Body": _Counted(file, lambda sent: progress.sending(upload, sent)),
            "ContentLength": upload.size,
            "ChecksumAlgorithm": "SHA256",
            "ChecksumSHA256": _base64(upload.sha256),
            "ExpectedBucketOwner": environment.account,
        }
        if environment.kms_key:
            request |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": environment.kms_key}
        try:
            aws.s3.put_object(**request, IfNoneMatch="*")
        except ClientError as error:
            if code(error) not in ("PreconditionFailed", "ConditionalRequestConflict"):
                raise
            # Someone else published it just now or does so, or what lies there is damaged: look, and mend.
            if not _is_published(aws, upload):
                file.seek(0)
                aws.s3.put_object(**request)
    progress.published(upload)


def _is_published(aws: Aws, upload: Upload) -> bool:
    environment = aws.environment
    try:
        found = aws.s3.head_object(
            Bucket=environment.bucket,
            Key=upload.key,
            ChecksumMode="ENABLED",
            ExpectedBucketOwner=environment.account,
        )
    except ClientError as error:
        if is_missing(error):
            return False
        raise
    # An object copied there by other means may have no SHA-256, or one of its parts' SHA-256s (`...-2`); its
    # key and its size then speak for it.
    checksum = found.get("ChecksumSHA256", "-")
    return bool(
        found["ContentLength"] == upload.size
        and ("-" in checksum or checksum == _base64(upload.sha256))
        # What only the bucket has, no deploy can encrypt anew.
        and (upload.source is None or _is_encrypted(found.get("SSEKMSKeyId", ""), environment.kms_key))
    )


def _is_encrypted(used: str, wanted: str | None) -> bool:
    """Whether S3 used the wanted key. Which one an alias means, S3 does not say: then any will do."""
    if wanted is None:
        return True
    return used != "" if "alias/" in wanted else used.endswith(wanted)


def _opened(upload: Upload) -> io.BufferedIOBase:
    try:
        return upload.open()
    except FileNotFoundError:
        raise _changed(upload) from None


def _changed(upload: Upload) -> PenstockError:
    return PenstockError(
        "has changed since its pipeline was compiled",
        where=upload.name,
        remedy="Compile again and deploy what that gives.",
    )


def _base64(sha256: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256)).decode()


class _Counted(io.RawIOBase):
    """A file that tells how far it was read. botocore reads twice where it signs the content itself."""

    def __init__(self, file: io.BufferedIOBase, told: Callable[[int], None]) -> None:
        self._file = file
        self._told = told

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        if chunk:
            self._told(self._file.tell())
        return chunk

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()
