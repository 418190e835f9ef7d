"""The git commit that a deploy comes from, as its tag says it."""

import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

# Where builds that check out no repository say it: AWS CodeBuild behind CodePipeline, whose source is a zip
# file (CodeBuild, environment variables in build environments).
_VARIABLE = "CODEBUILD_RESOLVED_SOURCE_VERSION"
_VERSION = re.compile(r"[\w.\-]{1,128}", re.ASCII)  # what a tag and a key can hold: a commit, a version in S3


def of_files(root: Path, files: Iterable[str], variables: Mapping[str, str] = os.environ) -> str:
    """The full SHA-1 of the commit that is checked out at `root`, with `-dirty` if it does not hold these
    files (relative to it) as they are: they were changed, or never added.

    Empty where nobody knows: no repository, no git, no commit yet.
    """
    commit = _git(root, "rev-parse", "--verify", "HEAD")
    if commit is None:
        given = variables.get(_VARIABLE, "")
        return given if _VERSION.fullmatch(given) else ""
    differing = _git(
        root, "--literal-pathspecs", "status", "--porcelain", "--untracked-files=all", "--", *files
    )
    return commit if differing == "" else f"{commit}-dirty"


def _git(root: Path, *arguments: str) -> str | None:
    """What git prints; None if it fails, or there is none."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
