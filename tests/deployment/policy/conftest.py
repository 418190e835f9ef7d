import sys
from pathlib import Path

import pytest

from penstock.deployment.environments import Environment

# The tests of this folder share one_step.py, which importlib's import mode does not find by itself.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def environment():
    from one_step import ACCOUNT, ROLE

    return Environment(name="local", account=ACCOUNT, region="us-east-1", role=ROLE, bucket="things")
