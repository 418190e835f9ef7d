"""One step from its start to its end: stage, run the command, write back, publish the logs.

It knows a cluster's and a step's document as they were at the start, and changes neither.
"""

import gzip
import logging
import shlex
import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from penstock.emulator.access.actor import Actor
from penstock.emulator.emr import spark
from penstock.emulator.emr.commands import command_of, mentions
from penstock.emulator.emr.documents import Document
from penstock.emulator.emr.driver_log import last_words
from penstock.emulator.emr.failures import StepFailed
from penstock.emulator.emr.process import Process
from penstock.emulator.emr.staging import Staging
from penstock.emulator.jobs.container import environment_of
from penstock.emulator.jobs.directory import JobDirectory
from penstock.emulator.jobs.failures import JobFailed, reason_of
from penstock.emulator.jobs.storage import join, upload_file

# Between SIGTERM and SIGKILL, s.
_GRACE = 10.0
_LOGS = ("controller", "stderr", "stdout")
_LOG_READ = 256 << 10  # bytes of a log's end that are searched for what happened

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class End:
    """How a step ended: its last state, a message, and FailureDetails where it failed."""

    state: str
    message: str = ""
    failure: Document | None = None


@dataclass
class StepRun:
    """`actor` is the role that the step's processes have; `buckets()` gives the names of all buckets."""

    cluster: Document
    step: Document
    directory: JobDirectory
    actor: Actor
    buckets: Callable[[], Sequence[str]]
    _stopped: End | None = None
    _process: Process | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> End:
        """Run the step to its end. Whatever goes wrong is in what it returns."""
        try:
            self.directory.prepare()
            self._logs.mkdir(exist_ok=True)
            self._tell(f"INFO Step {self.step['Id']} ({self.step['Name']}) begins")
            if self.cluster["_BootstrapActions"]:
                self._tell(
                    "WARN The cluster's bootstrap actions were not run: they would change this machine"
                )
            end = self._run()
        except StepFailed as error:
            end = self._failed(error.reason, error.message, error.log)
        except (JobFailed, ClientError) as error:
            end = self._failed("S3 refused.", reason_of(error))
        except Exception as error:
            _log.exception("%s failed", self.step["Id"])
            end = self._failed("Internal error.", reason_of(error))
        self._tell(f"INFO Step ended as {self._stopped.state if self._stopped else end.state}")
        self._publish_logs()
        self.directory.remove()
        return self._stopped or end

    def stop(self, end: End, *, grace: float = _GRACE) -> None:
        """Have the step end as `end`. Its processes are asked, and killed after `grace` seconds. Returns at
        once; `run` returns when they are gone."""
        with self._lock:
            self._stopped = self._stopped or end
            process = self._process
        if process is None:
            return
        if grace:
            process.terminate()
        killer = threading.Timer(grace, process.kill)
        killer.daemon = True
        killer.start()

    def _run(self) -> End:
        staging = Staging(self.actor.client("s3"), self.directory.root / "s3")
        staging.prepare(self.buckets())
        staging.stage(mentions(self.step))
        configuration = self.directory.root / "conf"
        spark.write_configuration(configuration, staging.buckets, staging.root, _spark_defaults(self.cluster))
        commands = self.directory.root / "bin"
        spark.write_commands(commands)
        command = command_of(self.step, staging, self.directory.temporary, configuration)
        variables = spark.environment(configuration, self.directory.temporary)
        environment = environment_of(self.directory, self.actor.variables, variables)
        environment["PATH"] = f"{commands}:{environment['PATH']}"
        if shutil.which(command[0], path=environment["PATH"]) is None:
            raise StepFailed(
                "Command not found.",
                f"There is no command {command[0]} on this machine. A step has spark-submit and what is on"
                " the emulator's PATH.",
            )
        code = self._execute(command, environment)
        if code is None:
            return End("CANCELLED")
        if code:
            # spark-submit passes what a Python driver writes to stderr on to stdout.
            logs = ("stdout", "stderr") if command[0] == "spark-submit" else ("stderr", "stdout")
            log, said = last_words({name: self._read_log(name) for name in logs})
            reason = f"The command exited with code {code}."
            raise StepFailed(reason, staging.as_uris(said) or "It did not say why.", f"{log}.gz")
        staging.write_back()
        return End("COMPLETED")

    def _execute(self, command: list[str], environment: Mapping[str, str]) -> int | None:
        """The exit code; None when the step was stopped before."""
        self._tell(f"INFO startExec '{shlex.join(command)}'")
        with self._lock:
            if self._stopped:
                return None
            self._process = Process(
                command, environment, self.directory, self._logs / "stdout", self._logs / "stderr"
            )
        code = self._process.wait()
        self._tell(f"INFO waitProcessCompletion ended with exit code {code}")
        return code

    @property
    def _logs(self) -> Path:
        return self.directory.root / "logs"

    def _tell(self, line: str) -> None:
        stamp = datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        with (self._logs / "controller").open("a", encoding="utf-8") as file:
            file.write(f"{stamp} {line}\n")

    def _read_log(self, name: str) -> str:
        file = self._logs / name
        with file.open("rb") as opened:
            opened.seek(max(0, file.stat().st_size - _LOG_READ))
            return opened.read().decode("utf-8", errors="replace")

    def _failed(self, reason: str, message: str, log: str = "controller.gz") -> End:
        failure = {"Reason": reason, "Message": message}
        if folder := self._log_folder():
            failure["LogFile"] = join(folder, log)
        self._tell(f"ERROR {reason} {message}")
        return End("FAILED", failure=failure)

    def _log_folder(self) -> str | None:
        """LogUri/<cluster>/steps/<step>, as EMR lays its logs out; s3n is its older name of s3."""
        uri = self.step.get("LogUri") or self.cluster.get("LogUri")
        if not uri:
            return None
        return join(uri.replace("s3n://", "s3://", 1), self.cluster["Id"], "steps", self.step["Id"])

    def _publish_logs(self) -> None:
        """Losing the logs never loses the step."""
        folder = self._log_folder()
        if folder is None:
            return
        for name in _LOGS:
            file = self._logs / name
            file.touch()
            packed = file.with_suffix(".gz")
            with file.open("rb") as source, gzip.open(packed, "wb") as target:
                shutil.copyfileobj(source, target)
            try:
                upload_file(self.actor.client("s3"), packed, join(folder, packed.name))
            except (JobFailed, ClientError, BotoCoreError) as error:
                _log.warning("%s of step %s is lost: %s", name, self.step["Id"], error)


def _spark_defaults(cluster: Document) -> dict[str, str]:
    """The cluster's Configurations that Spark reads; the others configure what is not here (YARN, Hive)."""
    return {
        name: value
        for configuration in cluster.get("Configurations", [])
        if configuration.get("Classification") == "spark-defaults"
        for name, value in configuration.get("Properties", {}).items()
    }
