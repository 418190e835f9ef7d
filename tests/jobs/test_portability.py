import ast
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parent.parent.parent / "jobs").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_job_code_is_python_3_8(script):
    """AWS's scikit-learn image of version 1.2 runs Python 3.8."""
    ast.parse(script.read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_job_code_needs_only_what_its_container_has(script):
    tree = ast.parse(script.read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    standard = {"__future__", "argparse", "ast", "gzip", "json", "pathlib", "sys", "zlib"}
    assert imported <= standard | {"numpy", "pandas", "sklearn"}
