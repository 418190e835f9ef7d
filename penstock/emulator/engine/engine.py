"""Runs pipeline executions, one thread each: what the service calls Executions.

It is a client of the service like any other; the store tells it what to run and wakes it.
"""

import threading
from collections.abc import Callable

from penstock.emulator.engine.aws import Aws
from penstock.emulator.engine.record import ENDED, Record
from penstock.emulator.engine.run import Run
from penstock.emulator.sagemaker.store import Store

_STOPPED = "InternalServerError: The emulator was stopped while the execution ran. Retry it to go on."


class Engine:
    """`aws_of(role)` is the AWS that a pipeline's role has. Every method returns at once."""

    def __init__(
        self,
        store: Store,
        aws_of: Callable[[str], Aws],
    ) -> None:
        self._store = store
        self._aws_of = aws_of
        self._runs: dict[str, tuple[Run, threading.Thread]] = {}
        self._lock = threading.Lock()

    def start(self, execution_arn: str) -> None:
        """Run an execution whose document is stored, from its beginning."""
        self._launch(execution_arn)

    def retry(self, execution_arn: str) -> None:
        """Run an execution that has ended again: its succeeded steps stay, the rest starts anew."""
        self._launch(execution_arn)

    def stop(self, execution_arn: str) -> None:
        """Stop what runs and start nothing more. An execution that has ended keeps its status."""
        with self._lock:
            running = self._runs.get(execution_arn)
        if running is not None and running[0].request_stop():
            return
        record = Record(self._store, execution_arn)
        if record.document()["PipelineExecutionStatus"] not in ENDED:
            record.set_status("Stopped")

    def limit(self, execution_arn: str, most: int) -> None:
        """No more steps at once from now on; what runs goes on. Who calls this changes the store next, which
        wakes the run."""
        with self._lock:
            running = self._runs.get(execution_arn)
        if running is not None:
            running[0].most_at_once = most

    def shutdown(self, timeout: float = 10.0) -> None:
        """End every running execution as Failed, saying that the emulator stopped, and wait (s) for it."""
        with self._lock:
            runs = list(self._runs.items())
        for _, (run, _) in runs:
            run.interrupt(_STOPPED)
        for _, (_, thread) in runs:
            thread.join(timeout)

    def _launch(self, arn: str) -> None:
        record = Record(self._store, arn)
        record.set_status("Executing")
        run = Run(record, self._aws_of(record.document()["_RoleArn"]))
        thread = threading.Thread(target=self._execute, args=(arn, run), name=f"execution {arn}", daemon=True)
        with self._lock:
            self._runs[arn] = (run, thread)
        thread.start()

    def _execute(self, arn: str, run: Run) -> None:
        run.execute()
        with self._lock:
            if arn in self._runs and self._runs[arn][0] is run:
                del self._runs[arn]
