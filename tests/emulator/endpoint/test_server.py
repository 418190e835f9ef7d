"""What the server says, and of what it keeps silent."""

import socket
import threading

from werkzeug.serving import make_server

from penstock.emulator.endpoint.server import LOOPBACK, Handler


class _Impatient(Handler):
    timeout = 0.05  # type: ignore[assignment]


def test_a_client_that_keeps_its_connection_and_says_nothing_is_no_news(caplog):
    server = make_server(LOOPBACK, 0, lambda environ, start: [], request_handler=_Impatient)
    serving = threading.Thread(target=server.handle_request)
    serving.start()
    with socket.create_connection((LOOPBACK, server.server_port)) as connection:
        assert connection.recv(1) == b""
    serving.join()
    server.server_close()
    assert caplog.messages == []


def test_what_is_no_request_is_told(caplog):
    server = make_server(LOOPBACK, 0, lambda environ, start: [], request_handler=Handler)
    serving = threading.Thread(target=server.handle_request)
    serving.start()
    with socket.create_connection((LOOPBACK, server.server_port)) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        connection.recv(1)
    serving.join()
    server.server_close()
    assert [message.partition("code 400, ")[2] for message in caplog.messages] == [
        "message Bad request syntax ('nonsense')"
    ]
