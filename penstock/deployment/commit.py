"""The git commit that a deploy comes from, as its tag says it."""

import os
import re
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from penstock.printable import printable

DIRTY = "-dirty"

# Where builds that check out no repository say it: AWS CodeBuild behind CodePipeline, whose source is a zip
# file (CodeBuild, environment variables in build environments).
_VARIABLE = "CODEBUILD_RESOLVED_SOURCE_VERSION"
_VERSION = re.compile(r"[\w.\-]{1,128}", re.ASCII)  # what a tag and a key can hold: a commit, a version in S3


def of_files(
    root: Path,
    files: Iterable[str],
    tell: Callable[[str], None],
    variables: Mapping[str, str] = os.environ,
) -> str:
    """The full SHA-1 of the commit that is checked out at `root`, with `-dirty` if it does not hold these
    files (relative to it) as they are: they were changed, or never added.

    Empty where nobody knows: no repository, no commit yet, or git does not say, which `tell` then does.
    """
    commit = _git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    if commit.failed:
        given = variables.get(_VARIABLE, "")
        if _VERSION.fullmatch(given):
            return given
        repository = _git(root, "rev-parse", "--git-dir")
        if repository.failed and any((folder / ".git").exists() for folder in (root, *root.parents)):
            tell(f"The commit of this deploy is not known: {repository.failed}")
        return ""
    files = list(files)
    differing = _git(
        root, "--literal-pathspecs", "status", "--porcelain", "--untracked-files=all", "--", *files
    )
    if differing.failed:
        tell(f"Whether the commit holds the files of this deploy is not known: {differing.failed}")
        return f"{commit.printed}{DIRTY}"
    ignored = _git(root, "check-ignore", "--", *files)  # fails where none is
    return f"{commit.printed}{DIRTY}" if differing.printed or ignored.printed else commit.printed


def is_dirty(commit: str) -> bool:
    return commit.endswith(DIRTY)


@dataclass(frozen=True)
class _Answer:
    """What git printed; `failed` says in a line why it did not, and is empty if it did."""

    printed: str = ""
    failed: str = ""


def _git(root: Path, *arguments: str) -> _Answer:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, errors="replace", timeout=30
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return _Answer(failed=f"git cannot be run: {printable(str(error))}")
    if done.returncode == 0:
        return _Answer(done.stdout.strip())
    said = next(iter(done.stderr.strip().splitlines()), "no reason given")
    return _Answer(failed=f"git says: {printable(said)}")
