"""What the benchmarks share: running a process under the system's own accounting, and printing a table.

Every benchmark prints its figures beside a named peer's, measured in the same run, because machines
differ and are noisy: read the ratios.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Usage:
    """What one finished process took: CPU seconds (user + system), wall seconds, peak memory in MiB."""

    cpu: float
    wall: float
    peak: float


def run(command: Sequence[str], *, cwd: Path = ROOT, environment: dict[str, str] | None = None) -> Usage:
    """Run a command to its end. Raises CalledProcessError, with its output shown, when it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    errors = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.stderr.buffer.write(errors)
        raise subprocess.CalledProcessError(process.returncode, command)
    unit = 1 if sys.platform == "darwin" else 1024
    return Usage(
        cpu=usage.ru_utime + usage.ru_stime,
        wall=time.perf_counter() - started,
        peak=usage.ru_maxrss * unit / 2**20,
    )


def in_turn(rounds: int, *contenders: Callable[[], float]) -> list[float]:
    """The median figure of each contender, run in turn (A B A B ...) so that drift hits all alike."""
    figures: list[list[float]] = [[] for _ in contenders]
    for _ in range(rounds):
        for index, contender in enumerate(contenders):
            figures[index].append(contender())
    return [median(each) for each in figures]


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    from rich.console import Console
    from rich.table import Table

    drawn = Table(title=title, title_justify="left")
    for index, column in enumerate(columns):
        drawn.add_column(column, justify="left" if index == 0 else "right")
    for row in rows:
        drawn.add_row(*(f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in row))
    Console().print(drawn)
