"""Where things lie in a Penstock project. It knows paths, and nothing of what the files hold."""

from dataclasses import dataclass
from pathlib import Path

from penstock.errors import UsageError

TEMPLATE = "pipeline.json.j2"


@dataclass(frozen=True)
class Project:
    """A project is the folder that holds `pipeline.json.j2`, the request every deploy sends."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> "Project":
        """The project that `start` (default: the working directory) lies in. Raises UsageError."""
        place = (start or Path.cwd()).resolve()
        for folder in (place, *place.parents):
            if (folder / TEMPLATE).is_file():
                return cls(folder)
        raise UsageError(
            f"neither this folder nor one above it holds {TEMPLATE}",
            where=str(place),
            remedy="Change into a Penstock project and run the command again.",
        )

    @property
    def template(self) -> Path:
        """The request that every deploy sends, as a Jinja template of JSON."""
        return self.root / TEMPLATE

    @property
    def pipelines(self) -> Path:
        """One Python module for each pipeline."""
        return self.root / "pipelines"

    @property
    def compiled(self) -> Path:
        """NAME.json and NAME.assets.json for each pipeline, generated and committed."""
        return self.root / "compiled"

    @property
    def environments(self) -> Path:
        """One TOML file for each environment."""
        return self.root / "environments"

    @property
    def data(self) -> Path:
        """The sample data."""
        return self.root / "data"

    @property
    def state(self) -> Path:
        """What the emulator keeps between runs; never committed."""
        return self.root / ".penstock"

    @property
    def reports(self) -> Path:
        """<pipeline>/<execution id>.html, a page about each execution; never committed."""
        return self.root / "reports"

    def relative(self, path: Path) -> str:
        """A path as messages and manifests write it: from the root, with forward slashes."""
        return path.relative_to(self.root).as_posix()
