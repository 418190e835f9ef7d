"""Job code is run as its container runs it: a program, with folders for its inputs and outputs.

Most tests run the program inside the tests' process, which spares them a second each for importing pandas and
scikit-learn; for each script one test shows that a process of its own does the same.
"""

import io
import runpy
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

JOBS = Path(__file__).parent.parent.parent / "jobs"


@dataclass
class Ended:
    """How a job ended. `message` is what SageMaker would show as the ExitMessage, "" if there is none."""

    exit_code: int
    stdout: str
    stderr: str
    message: str


class Job:
    def __init__(self, script: str, folder: Path, arguments: list[str]) -> None:
        self.folder = folder
        self._message = folder / "opt/message"
        self._command = [str(JOBS / script), *arguments, f"--message={self._message}"]

    def put(self, name: str, content: str | bytes) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def run(self, *arguments: str) -> Ended:
        stdout, stderr = io.StringIO(), io.StringIO()
        before = sys.argv
        sys.argv = [*self._command, *arguments]
        try:
            with redirect_stdout(stdout), redirect_stderr(stderr), pytest.raises(SystemExit) as ended:
                runpy.run_path(self._command[0], run_name="__main__")
        finally:
            sys.argv = before
        return self._ended(ended.value.code, stdout.getvalue(), stderr.getvalue())

    def run_as_program(self, *arguments: str) -> Ended:
        done = subprocess.run(
            [sys.executable, *self._command, *arguments], capture_output=True, text=True, check=False
        )
        return self._ended(done.returncode, done.stdout, done.stderr)

    def _ended(self, exit_code: int, stdout: str, stderr: str) -> Ended:
        message = self._message.read_text(encoding="utf-8") if self._message.exists() else ""
        self._message.unlink(missing_ok=True)
        return Ended(exit_code, stdout, stderr, message)

    def refusal(self, *arguments: str) -> str:
        """The reason with which the job ends itself: the same in the log and in the ExitMessage."""
        ended = self.run(*arguments)
        assert ended.exit_code == 1
        assert ended.stderr == ended.message + "\n"
        return ended.message


@pytest.fixture
def evaluate(tmp_path):
    folders = [f"--{name}={tmp_path / name}" for name in ("predictions", "labels", "summary")]
    outputs = [f"--output={tmp_path / 'out'}", f"--scored={tmp_path / 'scored'}"]
    return Job("evaluate_model.py", tmp_path, [*folders, *outputs])
