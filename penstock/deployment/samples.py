"""The project's sample data as something to upload, whole or its first rows."""

import gzip
import hashlib
import itertools
from pathlib import Path

from penstock.deployment.assets import Upload
from penstock.errors import UsageError
from penstock.project import Project


def upload(project: Project, name: str, rows: int | None, prefix: str) -> Upload:
    """The file `name` of data/ under `<prefix>/data/`; with `rows`, its header and that many lines.

    A part of a file has its own name, since pipelines reuse results by URI. Raises UsageError.
    """
    path = project.data / name
    names = sorted(file.name for file in project.data.glob("*.csv*"))
    if name not in names:
        raise UsageError(
            f"there is no sample {name!r}", where="data/", remedy=f"There is {', '.join(names) or 'none'}."
        )
    if rows is None:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return Upload(f"data/{name}", f"{prefix}/data/{name}", sha256, path.stat().st_size, path)
    stem, dot, suffixes = name.partition(".")
    part = f"{stem}-{rows}{dot}{suffixes}"
    content = _head(path, rows + 1)
    sha256 = hashlib.sha256(content).hexdigest()
    return Upload(f"{rows} rows of data/{name}", f"{prefix}/data/{part}", sha256, len(content), content)


def _head(path: Path, lines: int) -> bytes:
    if path.suffix == ".gz":
        with gzip.open(path) as file:
            # No time in it: the same rows are the same bytes.
            return gzip.compress(b"".join(itertools.islice(file, lines)), mtime=0)
    with path.open("rb") as file:
        return b"".join(itertools.islice(file, lines))
