"""Lambda's Runtime API for one process: it asks for work, and posts what came of it.

    GET  /2018-06-01/runtime/invocation/next            POST .../invocation/<id>/response, .../<id>/error
                                                        POST .../runtime/init/error

It listens on a free port of the loopback interface for as long as its process lives. It knows HTTP, and
nothing of functions and processes.
"""

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

_ROOT = "/2018-06-01/runtime/"
# Lambda's quota of an answer: 6 MB and the room that its own error texts say there is.
LARGEST_ANSWER = 6_291_556


@dataclass(frozen=True)
class Work:
    """One event for the process. The time-out (s) begins when the process takes it."""

    request_id: str
    event: bytes
    timeout: float
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Taken:
    """The process has started and taken a piece of work."""

    request_id: str


@dataclass(frozen=True)
class Answered:
    """What the process posted; `body` is None if it is too large. Without `request_id` it says that the
    process could not start."""

    body: bytes | None
    is_error: bool
    request_id: str = ""


Note = Taken | Answered


class RuntimeApi:
    """`fileno` becomes readable when there are notes to `read`; so a caller can wait for more than this."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._works: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._notes: queue.SimpleQueue[Note] = queue.SimpleQueue()
        self._bell, self._ring = socket.socketpair()
        self._bell.setblocking(False)
        self._closed = False
        threading.Thread(target=self._serve, name="runtime API", daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def fileno(self) -> int:
        return self._bell.fileno()

    def offer(self, work: Work) -> None:
        self._works.put(work)

    def read(self) -> list[Note]:
        """What has been noted since the last time; never waits."""
        with contextlib.suppress(BlockingIOError):
            self._bell.recv(4096)
        notes = []
        while not self._notes.empty():
            notes.append(self._notes.get())
        return notes

    def close(self) -> None:
        """End the process's connections; no more notes come."""
        self._closed = True
        self._works.put(None)
        # A close alone does not wake an accept() on Linux, a shutdown alone does not on macOS.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for each in (self._listener, self._bell, self._ring):
            each.close()

    def take(self) -> Work | None:
        """The next piece of work, waiting for it; None when there will be no more."""
        work = self._works.get()
        if work is not None:
            self.note(Taken(work.request_id))
        return work

    def note(self, note: Note) -> None:
        self._notes.put(note)
        with contextlib.suppress(OSError):
            self._ring.send(b"!")

    def _serve(self) -> None:
        while not self._closed:
            try:
                connection, address = self._listener.accept()
            except OSError:
                return
            threading.Thread(
                target=self._answer, args=(connection, address), name="runtime API", daemon=True
            ).start()

    def _answer(self, connection: socket.socket, address: tuple[str, int]) -> None:
        with connection, contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _Handler(connection, address, self)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024
    server: RuntimeApi  # type: ignore[assignment]

    def do_GET(self) -> None:
        if self.path != f"{_ROOT}invocation/next":
            return self._reply(404)
        work = self.server.take()
        if work is None:
            self.close_connection = True
            return None
        deadline = int((time.time() + work.timeout) * 1000)
        return self._reply(
            200,
            work.event,
            {
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": work.request_id,
                "Lambda-Runtime-Deadline-Ms": str(deadline),
                **work.headers,
            },
        )

    def do_POST(self) -> None:
        body = self._body()
        parts = self.path.removeprefix(_ROOT).split("/")
        match parts:
            case ["init", "error"]:
                self.server.note(Answered(body, is_error=True))
            case ["invocation", request_id, "response" | "error" as kind]:
                self.server.note(Answered(body, kind == "error", request_id))
            case _:
                return self._reply(404)
        return self._reply(202, b'{"status":"OK"}')

    def _body(self) -> bytes | None:
        """None for one that is too large, which is read and forgotten."""
        left = int(self.headers.get("Content-Length", 0))
        if left <= LARGEST_ANSWER:
            return self.rfile.read(left)
        while left > 0 and (data := self.rfile.read(min(left, 65536))):
            left -= len(data)
        return None

    def _reply(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the function's own log says what happens."""
