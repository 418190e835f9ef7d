"""A function's code as the zip file that Lambda takes: equal files give equal bytes, on every machine."""

import io
import zipfile
from pathlib import Path

from penstock.definition.compiled import source_files

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file can tell
_READABLE = 0o100644 << 16  # a plain file that everybody may read: Lambda runs it as another user


def package(source: Path) -> bytes:
    """The zip file of a Python file, or of the folder that holds the function's modules."""
    packed = io.BytesIO()
    # Stored, not compressed: zlib's versions compress to other bytes, and Lambda compares checksums.
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, path in source_files(source).items():
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.create_system = 3  # Unix, whatever packs it
            entry.external_attr = _READABLE
            archive.writestr(entry, path.read_bytes())
    return packed.getvalue()
