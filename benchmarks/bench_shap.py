"""SHAP values: rows per second through the Clarify stand-in against shap called directly.

Both sides explain the same rows of the census with the same baseline, samples and seed, and ask the same
LightGBM model over HTTP, which the benchmark serves. The stand-in is the whole program from start to
analysis.json, with its shadow endpoint; the peer is shap.KernelExplainer with a function that formats a
request with pandas, posts it and reads the scores. Both are processes of their own, timed from start to end.
"""

import json
import sys
import tempfile
import threading
from pathlib import Path

import pandas as pd
from lightgbm import LGBMClassifier
from measure import ROOT, in_turn, run, table
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

ROWS, SAMPLES, SEED, ROUNDS = 200, 200, 1, 3
TARGET = "salary"

PEER = """
import http.client, sys
import numpy as np, pandas as pd, shap
port, source, baseline, target = sys.argv[1:]
rows, background = pd.read_csv(source), pd.read_csv(baseline)
connection = http.client.HTTPConnection("127.0.0.1", int(port))
def scores(cells):
    body = pd.DataFrame(cells).to_csv(index=False, header=False)
    connection.request("POST", "/endpoints/direct/invocations", body.encode(), {"Content-Type": "text/csv"})
    return np.array(connection.getresponse().read().decode().split(), dtype=float)
np.random.seed(%d)
explainer = shap.KernelExplainer(scores, background.to_numpy(dtype=object))
values = explainer.shap_values(rows.to_numpy(dtype=object), nsamples=%d, l1_reg=False, silent=True)
pd.DataFrame(values).to_csv(target, index=False)
""" % (SEED, SAMPLES)  # noqa: UP031  (braces are the peer's)


class QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: a line for each request would be timed too."""


class Server:
    """SageMaker's endpoints as far as Clarify needs them, around one model."""

    def __init__(self, model: LGBMClassifier, features: pd.DataFrame) -> None:
        self._model = model
        self._types = features.dtypes.to_dict()

    def __call__(self, environ, start_response):  # type: ignore[no-untyped-def]
        return self._respond(Request(environ))(environ, start_response)

    def _respond(self, request: Request) -> Response:
        if request.path.startswith("/endpoints/"):
            return Response(self._score(request), content_type="text/csv")
        answer = (
            '{"EndpointStatus": "InService"}'
            if request.headers["X-Amz-Target"].endswith("DescribeEndpoint")
            else "{}"
        )
        return Response(answer, content_type="application/x-amz-json-1.1")

    def _score(self, request: Request) -> str:
        rows = pd.read_csv(request.stream, header=None, names=list(self._types)).astype(self._types)
        return "\n".join(map(str, self._model.predict_proba(rows)[:, 1].tolist()))


def census() -> tuple[pd.DataFrame, pd.Series]:
    rows = pd.read_csv(ROOT / "data/census_income.csv.gz", skipinitialspace=True)
    features = rows.drop(columns=TARGET)
    text = features.select_dtypes(exclude="number").columns
    return features.astype(dict.fromkeys(text, "category")), rows[TARGET]


def stand_in(ml: Path, port: int) -> float:
    """Seconds of the whole program."""
    variables = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    command = [sys.executable, "-m", "penstock.emulator.standins.clarify.analyze", str(ml)]
    return run(command, environment=variables).wall


def prepare(ml: Path, rows: pd.DataFrame, baseline: pd.DataFrame) -> None:
    config = {
        "dataset_type": "text/csv",
        "headers": list(rows.columns),
        "methods": {
            "shap": {
                "baseline": json.loads(baseline.to_json(orient="values")),
                "num_samples": SAMPLES,
                "seed": SEED,
            }
        },
        "predictor": {"model_name": "census"},
    }
    for folder in ("config", "data"):
        (ml / "processing/input" / folder).mkdir(parents=True)
    (ml / "processing/input/config/analysis_config.json").write_text(json.dumps(config))
    rows.to_csv(ml / "processing/input/data/rows.csv", index=False)


def same_values(ours: Path, theirs: Path) -> float:
    """The largest difference of a value."""
    left, right = (pd.read_csv(file).to_numpy() for file in (ours, theirs))
    return float(abs(left - right).max())


def main() -> None:
    features, target = census()
    model = LGBMClassifier(n_estimators=100, num_leaves=15, n_jobs=1, verbose=-1).fit(features, target)
    server = make_server("127.0.0.1", 0, Server(model, features), threaded=True, request_handler=QuietHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sample = features.sample(ROWS, random_state=SEED)
    baseline = features.mode().head(1)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        prepare(folder / "ml", sample, baseline)
        sample.to_csv(folder / "rows.csv", index=False)
        baseline.to_csv(folder / "baseline.csv", index=False)
        files = [folder / "rows.csv", folder / "baseline.csv", folder / "values.csv"]
        peer = [sys.executable, "-c", PEER, str(server.server_port), *map(str, files)]
        ours, theirs = in_turn(
            ROUNDS, lambda: stand_in(folder / "ml", server.server_port), lambda: run(peer).wall
        )
        difference = same_values(
            folder / "ml/processing/output/explanations_shap/out.csv", folder / "values.csv"
        )
    server.shutdown()
    table(
        f"SHAP values: {ROWS} rows, {features.shape[1]} features, {SAMPLES} samples",
        ("", "seconds", "rows/s", "ratio"),
        [
            ("Clarify stand-in", ours, ROWS / ours, theirs / ours),
            ("shap directly", theirs, ROWS / theirs, 1.0),
        ],
    )
    print(f"largest difference between their values: {difference:.2g}")


if __name__ == "__main__":
    main()
