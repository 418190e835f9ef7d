"""A job's own directory: what its container sees as /opt/ml, a home, and room for temporary files.

It knows places, not what is put there.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ML = PurePosixPath("/opt/ml")


@dataclass(frozen=True)
class JobDirectory:
    root: Path

    @property
    def ml(self) -> Path:
        """The container's /opt/ml."""
        return self.root / "ml"

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def temporary(self) -> Path:
        return self.root / "tmp"

    def prepare(self) -> "JobDirectory":
        for folder in (self.ml, self.home, self.temporary):
            folder.mkdir(parents=True, exist_ok=True)
        return self

    def host(self, path: str) -> Path:
        """Where a path below the container's /opt/ml lies on this machine.

        Raises ValueError when it leads out of /opt/ml.
        """
        inside = PurePosixPath(path)
        if not inside.is_relative_to(ML) or ".." in inside.parts:
            raise ValueError(f"{path} does not lie in {ML}")
        return self.ml / inside.relative_to(ML)

    def remove(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
