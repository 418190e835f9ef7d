"""Spark for real: a job that works and one that does not, at the same time."""

import gzip

import pytest

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("spark")]

JOB = """\
import sys

from pyspark.sql import SparkSession

source, target = sys.argv[1:]
spark = SparkSession.builder.getOrCreate()
rows = spark.read.csv(source, header=True, inferSchema=True)
rows.groupBy("kind").sum("amount").coalesce(1).write.mode("overwrite").csv(target, header=True)
print("counted", rows.count(), "on", spark.sparkContext.master)
print(spark.conf.get("spark.sql.shuffle.partitions"), "partitions")
"""

BROKEN = """\
import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.read.parquet(sys.argv[1]).show()
"""

# So that a table of three rows does not make 200 tasks.
SPARK_DEFAULTS = {"Classification": "spark-defaults", "Properties": {"spark.sql.shuffle.partitions": "1"}}


@pytest.fixture(scope="module")
def spark_steps(module_bench):
    """A job that works and one that does not, by name: (cluster, step)."""
    bench = module_bench
    bench.put("code/job.py", JOB)
    bench.put("code/broken.py", BROKEN)
    bench.put("in/one.csv", "kind,amount\na,1\nb,2\n")
    bench.put("in/two.csv", "kind,amount\na,3\n")
    bench.put("out/totals/part-00000-old.csv", "of an earlier run")
    cluster = bench.cluster(StepConcurrencyLevel=2, Configurations=[SPARK_DEFAULTS])
    yarn = ["spark-submit", "--master", "yarn", "--deploy-mode", "cluster", "--executor-memory", "4g"]
    works, breaks = bench.add(
        cluster,
        bench.step(*yarn, bench.uri("code/job.py"), bench.uri("in/"), f"s3a://{bench.bucket}/out/totals"),
        bench.step(*yarn, bench.uri("code/broken.py"), bench.uri("nothing/here")),
    )
    return {
        name: (cluster, bench.wait_for_step(cluster, step))
        for name, step in (("works", works), ("breaks", breaks))
    }


def log(bench, cluster, step, name):
    return gzip.decompress(bench.get(f"logs/{cluster}/steps/{step['Id']}/{name}.gz")).decode()


def test_a_job_reads_and_overwrites_in_s3(module_bench, spark_steps):
    cluster, step = spark_steps["works"]
    assert step["Status"]["State"] == "COMPLETED", step["Status"]
    written = module_bench.keys("out/")
    assert [key.rpartition("/")[2][:10] for key in written] == ["_SUCCESS", "part-00000"]
    assert sorted(module_bench.get(written[1]).splitlines()) == [b"a,4", b"b,2", b"kind,sum(amount)"]
    assert module_bench.keys("in/") == ["in/one.csv", "in/two.csv"]
    assert log(module_bench, cluster, step, "stdout") == "counted 3 on local[2]\n1 partitions\n"


def test_a_failing_job_says_what_its_driver_said_last(module_bench, spark_steps):
    cluster, step = spark_steps["breaks"]
    details = step["Status"]["FailureDetails"]
    missing = module_bench.uri("nothing/here")
    assert details["Reason"] == "The command exited with code 1."
    frame, said = details["Message"].splitlines()
    assert frame == 'File "broken.py", line 6, in <module>'
    assert said == (
        "pyspark.errors.exceptions.captured.AnalysisException: [PATH_NOT_FOUND] Path does not exist: "
        f"{missing}."
    )
    assert details["LogFile"] == module_bench.uri(f"logs/{cluster}/steps/{step['Id']}/stdout.gz")
    assert "Traceback" in log(module_bench, cluster, step, "stdout")
