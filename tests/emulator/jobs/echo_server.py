"""A model server for tests: it answers each line with ECHO_PREFIX, the line's field count, and a letter.

It refuses a request with a line that says `bad` (400), fails on one that says `flaky` the first time (500),
ends at once when ECHO_BROKEN is set, and tells its execution parameters when ECHO_PARAMETERS has some.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

failed = set()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/execution-parameters" and "ECHO_PARAMETERS" in os.environ:
            return self.answer(200, os.environ["ECHO_PARAMETERS"].encode())
        return self.answer(200 if self.path == "/ping" else 404, b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        print(f"asked {len(body)} bytes of {self.headers['Content-Type']}\n", end="", flush=True)
        if b"bad" in body:
            return self.answer(400, b"bad line")
        if b"flaky" in body and body not in failed:
            failed.add(body)
            return self.answer(500, b"not this time")
        if self.headers["Content-Type"] == "application/jsonlines":
            return self.answer(200, b"".join(b'{"score": 1}\n' for _ in body.splitlines()))
        prefix = os.environ.get("ECHO_PREFIX", "").encode()
        lines = [prefix + line + b",%d" % len(line.split(b",")) for line in body.splitlines()]
        return self.answer(200, b"\n".join(lines))

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "text/csv")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if "ECHO_BROKEN" in os.environ:
    sys.exit("no model here")
print(sorted(path.name for path in (Path(sys.argv[1]) / "model").iterdir()), flush=True)
print({name: os.environ.get(name) for name in ("SAGEMAKER_BATCH", "SAGEMAKER_MAX_PAYLOAD_IN_MB")}, flush=True)
ThreadingHTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
