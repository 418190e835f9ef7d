"""The Autopilot ensembling model server: an AutoGluon predictor behind GET /ping and POST /invocations.

    python -m penstock.emulator.standins.autopilot.serve /opt/ml

Request: text/csv, the feature columns in training order, no target, no header (one that repeats the column
names is skipped). Response: text/csv, no header, a column for each key of SAGEMAKER_INFERENCE_OUTPUT.
Facts: automl.md, 3.1; jobs-and-hosting.md, 5.
"""

import csv
import io
import json
import os
import sys
from pathlib import Path

from autogluon.tabular import TabularPredictor
from werkzeug.serving import WSGIRequestHandler, run_simple
from werkzeug.wrappers import Request, Response

from penstock.emulator.standins import autopilot
from penstock.emulator.standins.autopilot.answers import ClassAnswers, QuantityAnswers, requested_keys
from penstock.emulator.standins.autopilot.tables import restore_types
from penstock.emulator.standins.csv_text import parse_csv
from penstock.emulator.standins.errors import InputError


class Server:
    """A WSGI application around a model directory."""

    def __init__(self, model: Path, keys: list[str], *, batch: bool) -> None:
        """`keys` are the columns of a response. `batch`: responses end with a newline, as transform
        jobs ask for with SAGEMAKER_BATCH."""
        self._predictor = TabularPredictor.load(
            str(model), verbosity=0, require_version_match=False, require_py_version_match=False
        )
        self._predictor.persist()
        self._columns: dict[str, str] = json.loads((model / autopilot.COLUMNS).read_text(encoding="utf-8"))
        self._keys = keys
        self._ending = "\n" if batch else ""
        self._classes = list(self._predictor.class_labels or [])

    def __call__(self, environ, start_response):  # type: ignore[no-untyped-def]
        return self.respond(Request(environ))(environ, start_response)

    def respond(self, request: Request) -> Response:
        if "Origin" in request.headers:
            return _text("a web page may not call this server", 403)
        match request.method, request.path:
            case "GET", "/ping":
                return _text("", 200)
            case "POST", "/invocations":
                return self._invoke(request)
        return _text("there is GET /ping and POST /invocations", 404)

    def _invoke(self, request: Request) -> Response:
        if request.mimetype not in ("text/csv", ""):
            return _text(f"Content-Type {request.mimetype} is not supported; send text/csv", 415)
        if request.accept_mimetypes and "text/csv" not in request.accept_mimetypes:
            return _text(f"Accept {request.headers['Accept']} is not supported; take text/csv", 406)
        try:
            lines = self.answer(request.get_data(cache=False))
        except InputError as error:
            return _text(str(error), 400)
        body = "\n".join(lines) + self._ending if lines else ""
        return Response(body, 200, content_type="text/csv; charset=utf-8")

    def answer(self, content: bytes) -> list[str]:
        """The response's lines. Raises InputError."""
        names = list(self._columns)
        table = parse_csv(
            content,
            "the request",
            header=names,
            header_lines=int(_repeats(content, names)),
            text=frozenset(name for name, kind in self._columns.items() if kind == "text"),
        )
        if table.empty:
            return []
        table = restore_types(table, self._columns)
        if not self._classes:
            return QuantityAnswers(self._predictor.predict(table).to_numpy()).lines(self._keys)
        probabilities = self._predictor.predict_proba(table)[self._classes].to_numpy()
        return ClassAnswers([str(label) for label in self._classes], probabilities).lines(self._keys)


def _repeats(content: bytes, names: list[str]) -> bool:
    """Whether the first line is the column names."""
    end = content.find(b"\n")
    first = content[: end if end >= 0 else None].decode("utf-8-sig", errors="replace").rstrip("\r")
    return next(csv.reader(io.StringIO(first)), []) == names


def _text(body: str, status: int) -> Response:
    return Response(body, status, content_type="text/plain; charset=utf-8")


class _QuietHandler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: a batch would log thousands."""


def main(ml: Path) -> None:
    model = ml / "model"
    if not (model / autopilot.COLUMNS).exists():
        sys.exit(f"the model archive holds no Autopilot ensembling model: {autopilot.COLUMNS} is missing")
    keys = requested_keys(os.environ.get("SAGEMAKER_INFERENCE_OUTPUT", "predicted_label"))
    application = Server(model, keys, batch="SAGEMAKER_BATCH" in os.environ)
    port = int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))
    run_simple("127.0.0.1", port, application, threaded=True, request_handler=_QuietHandler)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
