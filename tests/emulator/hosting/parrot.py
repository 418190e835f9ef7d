"""A model server for tests. It repeats what it is told, between `<` and `>` or what PARROT_MARKS says.

Told `status 418 no`, it answers with that status and those words; told `die`, it ends; told `headers`, it
says which headers it got, as JSON; told `model`, what lies in its model's folder; told `long`, 7 MB. It has
no answer at all when PARROT_MUTE is set: it ends at once, with that text on its output.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(200, b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        match body.split(b" "):
            case [b"status", status, *words]:
                self.answer(int(status), b" ".join(words))
            case [b"die"]:
                os._exit(3)
            case [b"headers"]:
                self.answer(200, json.dumps(dict(self.headers)).encode())
            case [b"model"]:
                names = sorted(path.name for path in (Path(sys.argv[1]) / "model").iterdir())
                self.answer(200, ",".join(names).encode())
            case [b"long"]:
                self.answer(200, b"x" * (7 << 20))
            case _:
                marks = os.environ.get("PARROT_MARKS", "<>").encode()
                self.answer(200, marks[:1] + body + marks[1:])

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", self.headers.get("Accept") or "text/csv; charset=utf-8")
        if ATTRIBUTES in self.headers:
            self.send_header(ATTRIBUTES, self.headers[ATTRIBUTES] + "!")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if "PARROT_MUTE" in os.environ:
    sys.exit(os.environ["PARROT_MUTE"])
print("the parrot listens", flush=True)
ThreadingHTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
