"""What a step's HadoopJarStep runs here: its jar and arguments as the command of a process.

`command-runner.jar` runs a command of the master node, `script-runner.jar` a script from S3; any other jar
is run by Hadoop's own runner on the Java that Spark uses. It knows steps and files, and starts nothing.
"""

import stat
from pathlib import Path, PurePosixPath

from penstock.emulator.emr import spark, spark_submit
from penstock.emulator.emr.documents import Document
from penstock.emulator.emr.failures import StepFailed
from penstock.emulator.emr.staging import Staging

_RUNNERS = ("command-runner.jar", "script-runner.jar")


def mentions(step: Document) -> list[str]:
    """The texts of a step in which it may name objects. The runners' own jar is no object of this S3."""
    config = step["Config"]
    jar = [] if PurePosixPath(config["Jar"]).name in _RUNNERS else [config["Jar"]]
    return [*jar, *config["Args"]]


def command_of(step: Document, staging: Staging, scratch: Path, configuration: Path) -> list[str]:
    """The command of a step. `staging` holds its objects, `scratch` takes a copy of its script,
    `configuration` is Hadoop's folder.

    Raises StepFailed when there is nothing to run, or it is not there.
    """
    config = step["Config"]
    jar = PurePosixPath(config["Jar"]).name
    if jar == "command-runner.jar":
        return _command(config["Args"], staging)
    if jar == "script-runner.jar":
        return _script(config["Args"], staging, scratch)
    return _hadoop_jar(config, staging, configuration)


def _command(arguments: list[str], staging: Staging) -> list[str]:
    if not arguments:
        raise StepFailed(
            "Nothing to run.",
            "command-runner.jar was given no command: its Args are the command and its arguments.",
        )
    if arguments[0] == "spark-submit":
        # Spark would say so too, after some seconds and many lines.
        for uri in spark_submit.files(arguments[1:]):
            if "://" in uri:
                staging.file(uri, "The file")
    return arguments


def _script(arguments: list[str], staging: Staging, scratch: Path) -> list[str]:
    if not arguments:
        raise StepFailed(
            "Nothing to run.",
            "script-runner.jar was given no script: the first of its Args is the script's S3 URI.",
        )
    script, *rest = arguments
    copy = scratch / PurePosixPath(script).name
    copy.write_bytes(staging.file(script, "The script").read_bytes())
    copy.chmod(copy.stat().st_mode | stat.S_IXUSR)
    with copy.open("rb") as file:
        has_interpreter = file.read(2) == b"#!"
    return [str(copy), *rest] if has_interpreter else ["sh", str(copy), *rest]


def _hadoop_jar(config: Document, staging: Staging, configuration: Path) -> list[str]:
    jar = str(staging.file(config["Jar"], "The jar"))
    properties = [f"-D{name}={value}" for name, value in config["Properties"].items()]
    main = [config["MainClass"]] if "MainClass" in config else []
    hadoop = [*spark.java(configuration), *properties, "org.apache.hadoop.util.RunJar"]
    return [*hadoop, jar, *main, *config["Args"]]
