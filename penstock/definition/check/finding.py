"""A finding: one thing that one rule has to say about one place of a definition."""

from dataclasses import dataclass

from penstock.service_model import Path, format_path


@dataclass(frozen=True)
class Finding:
    """`code` names the rule (rules.toml has its severity and its page), `path` the place in the definition.

    `step` is the name of the step that the place belongs to, None outside of steps. `message` is one line;
    so is `suggestion`, which may be empty.
    """

    code: str
    path: Path
    message: str
    step: str | None = None
    suggestion: str = ""

    @property
    def place(self) -> str:
        """The path as a reader writes it: `Steps[0].Arguments.RoleArn`."""
        return format_path(self.path)
