"""The git commit that a deploy comes from, as its tag says it."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

# Where builds that check out no repository say it: AWS CodeBuild behind CodePipeline, whose source is a zip
# file (CodeBuild, environment variables in build environments).
_VARIABLE = "CODEBUILD_RESOLVED_SOURCE_VERSION"
_VERSION = re.compile(r"[\w.\-]{1,128}", re.ASCII)  # what a tag and a key can hold: a commit, a version in S3


def of_project(root: Path, variables: Mapping[str, str] = os.environ) -> str:
    """The full SHA-1 of the commit that is checked out, with `-dirty` if a tracked file differs from it.

    Empty where nobody knows: no repository, no git, no commit yet.
    """
    # --exclude: no tag's name, which may move to another commit.
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        described = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        described = None
    if described is not None and described.returncode == 0:
        return described.stdout.strip()
    given = variables.get(_VARIABLE, "")
    return given if _VERSION.fullmatch(given) else ""
