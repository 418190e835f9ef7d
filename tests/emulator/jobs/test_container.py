"""What must hold in each isolation that this machine can do."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from penstock.emulator.jobs.container import Container, environment_of
from penstock.emulator.jobs.directory import JobDirectory
from penstock.emulator.jobs.isolation import Isolation


def run(command: list[str], directory: JobDirectory, isolation: Isolation, **environment: str):
    lines: list[str] = []
    container = Container(
        command, environment_of(directory, {}, environment), directory, isolation, lines.append
    )
    return container.wait(30), lines


def gone(marker: str) -> bool:
    """Whether no process has the marker in its command line, within some seconds."""
    for _ in range(100):
        if subprocess.run(["pgrep", "-f", marker], capture_output=True).returncode != 0:
            return True
        time.sleep(0.05)
    return False


def test_the_command_sees_its_directory_as_opt_ml(directory, isolation):
    (directory.ml / "model").mkdir()
    code, _ = run(["sh", "-c", "echo made > /opt/ml/model/it"], directory, isolation)
    assert code == 0
    assert (directory.ml / "model" / "it").read_text() == "made\n"


def test_what_else_is_in_opt_stays_visible(directory, isolation):
    code, lines = run(["ls", "/opt"], directory, isolation)
    assert code == 0
    assert {entry.name for entry in Path("/opt").iterdir()} <= set(lines)


def test_code_and_environment_name_opt_ml(directory, isolation):
    script = directory.ml / "main.py"
    script.write_text("import os\nopen('/opt/ml/written', 'w').write(os.environ['PLACE'])\n")
    code, lines = run([sys.executable, "/opt/ml/main.py"], directory, isolation, PLACE="/opt/ml/input")
    assert (code, lines) == (0, [])
    expected = "/opt/ml/input" if isolation.name != "directory" else f"{directory.ml}/input"
    assert (directory.ml / "written").read_text() == expected


def test_output_comes_line_by_line_and_long_lines_in_pieces(directory, isolation):
    program = "import sys; print('one'); print('two', file=sys.stderr); print('x' * 300_000)"
    code, lines = run([sys.executable, "-c", program], directory, isolation)
    assert code == 0
    assert lines[:2] == ["one", "two"]
    assert [len(line) for line in lines[2:]] == [250_000, 50_000]


def test_exit_codes_are_those_of_docker(directory, isolation):
    assert run(["sh", "-c", "exit 3"], directory, isolation)[0] == 3
    assert run(["sh", "-c", "kill -9 $$"], directory, isolation)[0] == 137
    code, lines = run(["/no/such/program"], directory, isolation)
    assert (code, lines) == (127, ["/no/such/program: No such file or directory"])


def test_the_environment_is_clean(directory, isolation, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the user's own")
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    _, lines = run(["env"], directory, isolation, ASKED="for")
    found = dict(line.split("=", 1) for line in lines)
    assert found["ASKED"] == "for"
    assert found["HOME"] == str(directory.home)
    assert "AWS_SECRET_ACCESS_KEY" not in found
    assert "GITHUB_TOKEN" not in found


def test_term_comes_before_kill(directory, isolation):
    ready = directory.home / "ready"
    script = "trap 'echo asked; exit 5' TERM; touch ready; while :; do sleep 0.05; done"
    lines: list[str] = []
    container = Container(
        ["sh", "-c", script], environment_of(directory, {}, {}), directory, isolation, lines.append
    )
    while not ready.exists():
        time.sleep(0.01)
    container.end(grace=10)
    assert (container.wait(0), lines[-1]) == (5, "asked")


def test_what_ignores_term_is_killed_with_all_that_it_started(directory, isolation):
    marker = f"sleep 7{os.getpid()}{id(directory) % 1000}"
    script = f"trap '' TERM; setsid {marker} & {marker} & touch ready; while :; do sleep 0.05; done"
    container = Container(
        ["sh", "-c", script], environment_of(directory, {}, {}), directory, isolation, lambda line: None
    )
    while not (directory.home / "ready").exists():
        time.sleep(0.01)
    container.end(grace=0.1)
    assert container.wait(0) is not None
    assert gone(marker)


def test_what_a_command_leaves_running_ends_with_it(directory, isolation):
    marker = f"sleep 8{os.getpid()}{id(directory) % 1000}"
    code, _ = run(["sh", "-c", f"{marker} & exit 0"], directory, isolation)
    assert code == 0
    assert gone(marker)


def test_a_killed_emulator_leaves_no_process(directory, isolation, tmp_path):
    marker = f"sleep 9{os.getpid()}{id(directory) % 1000}"
    program = f"""
import time
from pathlib import Path
from penstock.emulator.jobs.container import Container, environment_of
from penstock.emulator.jobs.directory import JobDirectory
from penstock.emulator.jobs.isolation import available
isolation = next(found for found in available() if found.name == {isolation.name!r})
directory = JobDirectory(Path({str(directory.root)!r}))
Container(["sh", "-c", "{marker} & touch ready; {marker}"], environment_of(directory, {{}}, {{}}), directory,
          isolation, print)
time.sleep(60)
"""
    emulator = subprocess.Popen([sys.executable, "-c", program])
    while not (directory.home / "ready").exists():
        assert emulator.poll() is None
        time.sleep(0.01)
    os.kill(emulator.pid, signal.SIGKILL)
    emulator.wait()
    assert gone(marker)
