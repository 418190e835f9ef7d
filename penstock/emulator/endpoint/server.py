"""The HTTP/1.1 server: werkzeug's threaded one, on the loopback interface, with connections kept alive.

It turns bytes into a WSGI environment and a WSGI answer into bytes, and adds to werkzeug's server what AWS
clients need: connections that stay open, `100 Continue` only for a body that is wanted, header names as
they were sent, one write per small response. It knows no AWS.
"""

import io
import socket
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.exceptions import ClientDisconnected
from werkzeug.serving import BaseWSGIServer, DechunkedInput, ThreadedWSGIServer, WSGIRequestHandler

from penstock.emulator.endpoint.request import PROXIED_HOST, SENT_HEADERS

WsgiApplication = Callable[[dict[str, Any], Any], Iterable[bytes]]

LOOPBACK = "127.0.0.1"
IDLE_SECONDS = 120
# A body that nobody read is thrown away up to this size; beyond, the connection closes.
_DRAIN_LIMIT = 1024 * 1024


class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    wbufsize = 64 * 1024
    proxied_host: str | None = None
    _wants_continue = False

    def handle_expect_100(self) -> bool:
        self._wants_continue = True  # said when the application first reads the body
        return True

    def make_environ(self) -> dict[str, Any]:
        environ = super().make_environ()
        environ[SENT_HEADERS] = self.headers.items()
        if self.proxied_host is not None:
            environ[PROXIED_HOST] = self.proxied_host
            environ["wsgi.url_scheme"] = "https"
        return environ

    def run_wsgi(self) -> None:
        self.environ = environ = self.make_environ()
        body = _Body(self, environ)
        environ["wsgi.input"] = body
        environ["wsgi.input_terminated"] = True
        answer = _Answer(self)
        chunks: Iterable[bytes] = ()
        try:
            chunks = self.server.app(environ, answer.start)
            for chunk in chunks:
                answer.write(chunk)
            answer.finish()
            if not body.drain(_DRAIN_LIMIT):
                self.close_connection = True
        except (ConnectionError, TimeoutError, ClientDisconnected):
            self.close_connection = True
        except Exception as error:
            # The application answers its own failures; this one came in the middle of a response.
            self.log_error("%s %s ended early: %r", self.command, self.path, error)
            self.close_connection = True
        finally:
            self._wants_continue = False
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def send_continue(self) -> None:
        if self._wants_continue:
            self._wants_continue = False
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: what happened is in the services' own records."""

    def log_error(self, format: str, *args: Any) -> None:
        """Not that a connection closes because its client, which keeps it open, asks for nothing more."""
        if not any(isinstance(one, TimeoutError) for one in args):
            super().log_error(format, *args)


class _Body(io.RawIOBase):
    """The body of one request, which ends where the request does and never runs into the next one."""

    def __init__(self, handler: Handler, environ: dict[str, Any]) -> None:
        self._handler = handler
        self._chunked = isinstance(environ["wsgi.input"], DechunkedInput)
        self._source = io.BufferedReader(environ["wsgi.input"]) if self._chunked else handler.rfile
        self._left = 0 if self._chunked else _content_length(environ)
        self._ended = not self._chunked and self._left == 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._take(lambda limit: self._source.read(limit), size)

    def readline(self, size: int | None = -1) -> bytes:
        return self._take(lambda limit: self._source.readline(limit), -1 if size is None else size)

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def drain(self, limit: int) -> bool:
        """Throw away what was not read; whether the connection can carry another request."""
        if self._ended:
            return True
        if self._handler._wants_continue or self._left > limit:
            return False
        while limit > 0 and not self._ended:
            limit -= len(self.read(64 * 1024))
        return self._ended

    def _take(self, read: Callable[[int], bytes], size: int) -> bytes:
        if self._ended or size == 0:
            return b""
        self._handler.send_continue()
        if self._chunked:
            data = read(size)
            self._ended = not data or size < 0
            return data
        data = read(self._left if size < 0 else min(size, self._left))
        if not data:
            raise ClientDisconnected()
        self._left -= len(data)
        self._ended = self._left == 0
        return data


def _content_length(environ: dict[str, Any]) -> int:
    try:
        return max(0, int(environ.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0


class _Answer:
    """One response on the wire: the head goes out together with the first block of the body."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._head = b""
        self._chunked = False
        self._bodiless = handler.command == "HEAD"

    def start(self, status: str, headers: list[tuple[str, str]], _: Any = None) -> Callable[[bytes], None]:
        handler = self._handler
        code = int(status.split(None, 1)[0])
        names = {name.lower() for name, _ in headers}
        self._bodiless = self._bodiless or code in (204, 304)
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
        lines.append(f"Date: {handler.date_time_string()}")
        if "content-length" not in names and not self._bodiless:
            self._chunked = True
            lines.append("Transfer-Encoding: chunked")
        if handler.close_connection:
            lines.append("Connection: close")
        self._head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        return self.write

    def write(self, data: bytes) -> None:
        if self._bodiless:
            data = b""
        if self._chunked and data:
            data = b"%x\r\n%b\r\n" % (len(data), data)
        head, self._head = self._head, b""
        if head or data:
            self._handler.wfile.write(head + data if len(data) < 65536 else head)
            if len(data) >= 65536:
                self._handler.wfile.write(data)

    def finish(self) -> None:
        self.write(b"")
        if self._chunked:
            self._handler.wfile.write(b"0\r\n\r\n")
        self._handler.wfile.flush()


class _Server(ThreadedWSGIServer):
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a connection that broke is the client's affair."""


def make_server(application: WsgiApplication, port: int, handler: type[Handler] = Handler) -> BaseWSGIServer:
    """A server bound to 127.0.0.1 (`port` 0: a free one; see its `port`), not yet serving.

    Raises OSError when the port is taken.
    """
    # Bound here: http.server would look its own name up in DNS, and werkzeug would exit the process.
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(_Server.request_queue_size)
        return _Server(LOOPBACK, port, application, handler=handler, fd=listener.fileno())
