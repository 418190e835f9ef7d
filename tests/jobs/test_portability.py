import ast
from pathlib import Path

import pytest

JOBS = Path(__file__).parent.parent.parent / "jobs"
SCRIPTS = sorted(JOBS.glob("*.py"))
STANDARD = {
    "__future__", "argparse", "ast", "csv", "datetime", "gzip", "hashlib", "json", "os", "pathlib", "sys",
    "time", "typing", "zlib",
}  # fmt: skip
# What a script's container has besides Python: AWS's scikit-learn image, an EMR cluster, Lambda's runtime.
CONTAINERS = {
    "evaluate_model.py": {"numpy", "pandas", "sklearn"},
    "prepare_data.py": {"pyspark", "py4j"},
    "approver.py": {"boto3", "botocore"},
    "deploy_endpoint.py": {"boto3", "botocore"},
    "notify.py": {"boto3"},
}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_job_code_is_python_3_8(script):
    """AWS's scikit-learn image of version 1.2 runs Python 3.8, an EMR 7 cluster 3.9."""
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
    assert imported <= STANDARD | CONTAINERS[script.name]
