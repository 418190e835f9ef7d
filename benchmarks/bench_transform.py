"""Batch transform through the emulator against calling the same predictor in one process.

Both sides are whole: the job from TransformStartTime to TransformEndTime (container start, model load,
reading from S3, HTTP, writing), the peer a process that loads the model, reads the same CSV, predicts and
writes the same columns. Memory is the peak of the emulator's process and of its container, and the peer's.
"""

import gzip
import os
import sys
import tarfile
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import boto3
import psutil
from measure import ROOT, run, table

from penstock.emulator.app import Emulator
from penstock.emulator.state import StateDirectory

ROLE = "arn:aws:iam::000000000000:role/penstock-benchmark"
TARGET = "salary"
BUCKET = "benchmark"

PEER = """
import json, sys
import pandas as pd
from autogluon.tabular import TabularPredictor
model, source, target = sys.argv[1:]
predictor = TabularPredictor.load(model, verbosity=0)
predictor.persist()
names = predictor.original_features
table = pd.read_csv(source, header=None, names=names)
probabilities = predictor.predict_proba(table)
labels = list(probabilities.columns)
rows = probabilities.to_numpy().tolist()
answer = pd.DataFrame({
    "predicted_label": probabilities.idxmax(axis=1).to_numpy(),
    "probabilities": [str(row) for row in rows],
    "labels": [str(labels)] * len(rows),
})
answer.to_csv(target, header=False, index=False)
"""


class PeakMemory(threading.Thread):
    """The largest resident memory (MiB) of this process and, apart from it, of its children together."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.own = self.children = 0.0
        self._ended = threading.Event()

    def run(self) -> None:
        process = psutil.Process(os.getpid())
        while not self._ended.wait(0.05):
            self.own = max(self.own, process.memory_info().rss / 2**20)
            total = 0
            for child in process.children(recursive=True):
                try:
                    total += child.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.children = max(self.children, total / 2**20)

    def stop(self) -> None:
        self._ended.set()
        self.join()


def wait_for(describe: Any, status: str) -> dict[str, Any]:
    while (answer := describe())[status] == "InProgress":
        time.sleep(0.2)
    if answer[status] != "Completed":
        raise SystemExit(f"{answer[status]}: {answer.get('FailureReason')}")
    return answer


def train(sagemaker: Any) -> dict[str, Any]:
    """The best candidate's container."""
    sagemaker.create_auto_ml_job(
        AutoMLJobName="benchmark",
        InputDataConfig=[
            {
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/train"}},
                "CompressionType": "Gzip",
                "TargetAttributeName": TARGET,
            }
        ],
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/models"},
        ProblemType="BinaryClassification",
        AutoMLJobObjective={"MetricName": "AUC"},
        AutoMLJobConfig={"Mode": "ENSEMBLING"},
        RoleArn=ROLE,
    )
    job = wait_for(lambda: sagemaker.describe_auto_ml_job(AutoMLJobName="benchmark"), "AutoMLJobStatus")
    container: dict[str, Any] = job["BestCandidate"]["InferenceContainers"][0]
    container["Environment"]["SAGEMAKER_INFERENCE_OUTPUT"] = "predicted_label,probabilities,labels"
    return container


def features(file: Path, times: int) -> int:
    """Write the census features, repeated, without header and target; the number of rows."""
    with gzip.open(ROOT / "data/census_income.csv.gz", "rt", encoding="utf-8") as source:
        next(source)
        lines = [line.rpartition(",")[0] + "\n" for line in source]
    with file.open("w", encoding="utf-8") as target:
        for _ in range(times):
            target.writelines(lines)
    return len(lines) * times


def transform(sagemaker: Any, rows: int) -> tuple[float, PeakMemory]:
    name = f"benchmark-{rows}"
    memory = PeakMemory()
    memory.start()
    sagemaker.create_transform_job(
        TransformJobName=name,
        ModelName="benchmark",
        TransformInput={
            "DataSource": {
                "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/features/{rows}.csv"}
            },
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={"S3OutputPath": f"s3://{BUCKET}/scores", "AssembleWith": "Line"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    job = wait_for(lambda: sagemaker.describe_transform_job(TransformJobName=name), "TransformJobStatus")
    memory.stop()
    return (job["TransformEndTime"] - job["TransformStartTime"]).total_seconds(), memory


def main() -> None:
    rows_of_table: list[tuple[object, ...]] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with Emulator(StateDirectory(folder / "state")) as emulator:
            variables = emulator.environment()
            session = boto3.Session(
                variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"], region_name="us-east-1"
            )
            s3, sagemaker, iam = (
                session.client(service, endpoint_url=emulator.endpoint_url)
                for service in ("s3", "sagemaker", "iam")
            )
            iam.create_role(RoleName="penstock-benchmark", AssumeRolePolicyDocument="{}")
            s3.create_bucket(Bucket=BUCKET)
            s3.upload_file(str(ROOT / "data/census_income.csv.gz"), BUCKET, "train/census.csv.gz")
            container = train(sagemaker)
            sagemaker.create_model(ModelName="benchmark", PrimaryContainer=container, ExecutionRoleArn=ROLE)
            key = container["ModelDataUrl"].removeprefix(f"s3://{BUCKET}/")
            s3.download_file(BUCKET, key, str(folder / "model.tar.gz"))
            with tarfile.open(folder / "model.tar.gz") as archive:
                archive.extractall(folder / "model", filter="data")
            for times in (1, 10):
                source = folder / "features.csv"
                rows = features(source, times)
                s3.upload_file(str(source), BUCKET, f"features/{rows}.csv")
                seconds, memory = transform(sagemaker, rows)
                peer = run(
                    [sys.executable, "-c", PEER, str(folder / "model"), str(source), str(folder / "out.csv")],
                    environment={"OMP_WAIT_POLICY": "PASSIVE"},  # as in the container
                )
                s3.download_file(BUCKET, f"scores/{rows}.csv.out", str(folder / "scores.csv"))
                compare(folder / "scores.csv", folder / "out.csv", rows)
                rows_of_table += [
                    (f"transform job, {rows} rows", rows / seconds, peer.wall / seconds, memory.own,
                     memory.children),
                    (f"in one process, {rows} rows", rows / peer.wall, 1.0, "", peer.peak),
                ]  # fmt: skip
    table(
        "batch transform against the same predictor in process",
        ("", "rows/s", "ratio", "emulator peak MiB", "predictor peak MiB"),
        rows_of_table,
    )


def compare(ours: Path, theirs: Path, rows: int) -> None:
    """Both sides must have given the same labels, or their times compare nothing."""
    with ours.open(encoding="utf-8") as left, theirs.open(encoding="utf-8") as right:
        pairs = [(a.partition(",")[0], b.partition(",")[0]) for a, b in zip(left, right, strict=True)]
    different = sum(a != b for a, b in pairs)
    if len(pairs) != rows or different:
        raise SystemExit(f"{len(pairs)} of {rows} rows, {different} with another label")


if __name__ == "__main__":
    main()
