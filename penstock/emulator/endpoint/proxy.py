"""An HTTPS proxy on the loopback interface that answers for AWS's hosts and connects to nobody.

For clients that cannot be given an endpoint: both SageMaker SDKs name https://sts.REGION.amazonaws.com
themselves (design, decision 6). A tunnel to an AWS host ends here, and what comes out of it goes through the
same pipeline as any request; a tunnel to another host is refused.
"""

import socketserver
import ssl
from http.server import BaseHTTPRequestHandler
from typing import Any

from werkzeug.serving import BaseWSGIServer

from penstock.emulator.endpoint.authority import Authority
from penstock.emulator.endpoint.guard import AWS_HOST
from penstock.emulator.endpoint.server import IDLE_SECONDS, LOOPBACK, Handler


class Proxy(socketserver.ThreadingTCPServer):
    """Bound to 127.0.0.1 at a free `port`, not yet serving. `endpoint` is the server whose application
    answers."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, authority: Authority, endpoint: BaseWSGIServer) -> None:
        super().__init__((LOOPBACK, 0), _Tunnel)
        self.authority = authority
        self.endpoint = endpoint

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def variables(self) -> dict[str, str]:
        """What a client needs to use this proxy. In both spellings: programs differ in which they read."""
        url = f"http://{LOOPBACK}:{self.port}"
        return {
            "HTTPS_PROXY": url,
            "https_proxy": url,
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "AWS_CA_BUNDLE": str(self.authority.bundle),
        }

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a connection that broke is the client's affair."""


class _Tunnel(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    server: Proxy

    def do_CONNECT(self) -> None:
        host, _, port = self.path.rpartition(":")
        if not AWS_HOST.fullmatch(host) or port != "443":
            self._refuse(self.path)
            return
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.close_connection = True
        with self.server.authority.context(host.lower()).wrap_socket(
            self.connection, server_side=True
        ) as connection:
            _TunnelledRequests(connection, self.client_address, self.server.endpoint, host)

    def do_GET(self) -> None:
        self._refuse(self.path)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_GET

    def _refuse(self, where: str) -> None:
        text = (
            f"Penstock's proxy answers for AWS's hosts over HTTPS and connects to no other: not to {where}.\n"
        )
        body = text.encode("utf-8", "replace")
        self.close_connection = True
        self.send_response(403, "Forbidden: not a host of AWS")
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing, as the server."""


class _TunnelledRequests(Handler):
    """The requests that come out of one tunnel."""

    def __init__(self, connection: ssl.SSLSocket, client: Any, endpoint: BaseWSGIServer, host: str) -> None:
        self.proxied_host = host
        super().__init__(connection, client, endpoint)
