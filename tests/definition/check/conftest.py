"""The tests of this folder share edits.py, which importlib's import mode does not find by itself."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
