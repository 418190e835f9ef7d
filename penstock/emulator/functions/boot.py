"""The program of a function's process: AWS's own runtime client (awslambdaric) on the function's code.

    python -P boot.py FOLDER... HANDLER

The folders come first on the import path. Its standard input is a pipe from the emulator, whose end kills
the process group, so an emulator that is killed leaves nothing behind. It is a program of its own: standard
library and awslambdaric, nothing of Penstock.

awslambdaric talks HTTP through a C extension that is built for Linux only; elsewhere `HttpClient` stands in
for it and all else is the same.
"""

import http.client
import os
import signal
import sys
import threading
from typing import Any


class HttpClient:
    """What awslambdaric's extension module `runtime_client` offers, over http.client."""

    def initialize_client(self, user_agent: str) -> None:
        self._user_agent = user_agent
        self._connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])

    def next(self) -> tuple[bytes, dict[str, Any]]:
        answer = self._ask("GET", "invocation/next")
        headers: dict[str, Any] = {name.title(): value for name, value in answer.getheaders()}
        headers["Lambda-Runtime-Deadline-Ms"] = int(headers["Lambda-Runtime-Deadline-Ms"])
        return answer.read(), headers

    def post_invocation_result(
        self, invoke_id: str, result: bytes, content_type: str, invocation_id: str | None = None
    ) -> None:
        self._ask("POST", f"invocation/{invoke_id}/response", result, content_type).read()

    def post_error(
        self, invoke_id: str, error: str, xray_fault: str, invocation_id: str | None = None
    ) -> None:
        self._ask("POST", f"invocation/{invoke_id}/error", error.encode(), "application/json").read()

    def _ask(
        self, method: str, path: str, body: bytes | None = None, content_type: str = ""
    ) -> http.client.HTTPResponse:
        headers = {"User-Agent": self._user_agent, "Content-Type": content_type}
        self._connection.request(method, f"/2018-06-01/runtime/{path}", body, headers)
        answer = self._connection.getresponse()
        if answer.status >= 300:
            raise RuntimeError(f"the runtime API answered {answer.status}: {answer.read()!r}")
        return answer


def die_with_the_emulator() -> None:
    """Give this process an empty standard input, and watch the one it had."""
    watched = os.dup(0)
    with open(os.devnull, "rb") as empty:  # noqa: PTH123 - a start has no time for pathlib
        os.dup2(empty.fileno(), 0)

    def watch() -> None:
        while os.read(watched, 1):
            pass
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def main(folders: list[str], handler: str) -> None:
    die_with_the_emulator()
    try:
        import runtime_client  # noqa: F401
    except ImportError:
        sys.modules["runtime_client"] = HttpClient()  # type: ignore[assignment]
    from awslambdaric import bootstrap, lambda_runtime_client

    sys.path[:0] = folders
    # Its third kind of logging, JSON, and its threads for newer Pythons are not needed here.
    bootstrap.run(handler, lambda_runtime_client.LambdaRuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"]))


if __name__ == "__main__":
    main(sys.argv[1:-1], sys.argv[-1])
