"""Progress on stderr: live where stderr is a terminal, one plain line for each change elsewhere."""

import sys
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn
from rich.table import Table

from penstock.deployment.assets import Upload
from penstock.deployment.executions import Snapshot
from penstock.deployment.report import is_cached, step_type
from penstock.deployment.wording import duration, size

_LARGE = 5_000_000  # bytes: what is smaller is sent before a bar can be read
_STYLES = {"Succeeded": "green", "Failed": "red", "Stopped": "yellow", "Executing": "cyan"}


def say(line: str) -> None:
    """A line for the person, on stderr."""
    print(line, file=sys.stderr, flush=True)


class Uploads(AbstractContextManager["Uploads"]):
    """How far uploads are (assets.Progress)."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, soft_wrap=True)
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
            self._bars = Progress(*columns, console=self._console, transient=True)
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars:
            self._bars.stop()

    def sending(self, upload: Upload, sent: int) -> None:
        if upload.size < _LARGE:
            return
        if upload.key not in self._tasks:
            self._tasks[upload.key] = TaskID(0)
            if self._bars:
                self._tasks[upload.key] = self._bars.add_task(upload.name, total=upload.size)
            else:
                self._say(f"publishing {upload.name} ({size(upload.size)})")
        if self._bars:
            self._bars.update(self._tasks[upload.key], completed=sent)

    def published(self, upload: Upload) -> None:
        if self._bars and upload.key in self._tasks:
            self._bars.remove_task(self._tasks[upload.key])
        self._say(f"published {upload.name} ({size(upload.size)})")

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False)


class Watching(AbstractContextManager["Watching"]):
    """An execution while it runs: a live table of its steps, or a line for each transition."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, soft_wrap=True)
        self._live: Live | None = None
        self._snapshot: Snapshot | None = None
        self._said: dict[str, str] = {}

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live = Live(
                get_renderable=self._table, console=self._console, refresh_per_second=4, transient=False
            )
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def show(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        if self._live:
            return
        if not snapshot.ended:
            self._transition("", snapshot.status, f"execution {snapshot.status}")
        for step in snapshot.steps:
            self._transition(step["StepName"], step["StepStatus"], _line(step))
        if snapshot.ended:
            self._transition("", snapshot.status, f"execution {snapshot.status}")

    def trouble(self, error: Exception) -> None:
        self._console.print(f"AWS does not answer ({error}); trying again", markup=False, highlight=False)

    def _transition(self, name: str, status: str, line: str) -> None:
        if self._said.get(name) != status:
            self._said[name] = status
            self._console.print(line, markup=False, highlight=False)

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in ("Step", "Type", "Status"):
            table.add_column(heading)
        table.add_column("Time", justify="right")
        if self._snapshot:
            table.caption = f"execution {self._snapshot.status}"
            table.caption_justify = "left"
            for step in self._snapshot.steps:
                status = step["StepStatus"]
                table.add_row(
                    step["StepName"],
                    step_type(step),
                    f"[{_STYLES.get(status, 'default')}]{status}[/]",
                    _time(step),
                )
        return table


def _line(step: dict[str, Any]) -> str:
    time = f" ({_time(step)})" if "EndTime" in step else ""
    return f"{step['StepName']} {step['StepStatus']}{time}"


def _time(step: dict[str, Any]) -> str:
    if is_cached(step):
        return "cached"
    if "StartTime" not in step:
        return ""
    end = step.get("EndTime") or datetime.now(UTC)
    return duration(max(0.0, (end - step["StartTime"]).total_seconds()))
