from penstock.emulator.emr.spark_submit import DRIVER_MEMORY, LOCAL, files, translate

OURS = [word for name, value in LOCAL.items() for word in ("--conf", f"{name}={value}")]


def test_what_names_yarn_goes_and_the_rest_stays_in_its_order():
    options, variables = translate(
        [
            "--master", "yarn", "--deploy-mode=cluster", "--num-executors", "4", "--name", "totals",
            "--conf", "spark.yarn.submit.waitAppCompletion=true", "--conf", "spark.sql.shuffle.partitions=8",
            "--py-files", "s3://b/lib.zip", "--verbose", "s3://b/job.py", "--master", "mine", "-x",
        ]
    )  # fmt: skip
    assert options == [
        "--name", "totals", "--conf", "spark.sql.shuffle.partitions=8", "--py-files", "s3://b/lib.zip",
        "--verbose", "--driver-memory", DRIVER_MEMORY, *OURS, "s3://b/job.py", "--master", "mine", "-x",
    ]  # fmt: skip
    assert variables == {}


def test_a_driver_s_memory_and_environment_are_the_user_s_but_its_python_is_this_one():
    options, variables = translate(
        [
            "--driver-memory", "3g",
            "--conf", "spark.yarn.appMasterEnv.STAGE=dev",
            "--conf", "spark.yarn.appMasterEnv.PYSPARK_PYTHON=./environment/bin/python",
            "--conf", "spark.pyspark.python=python3.9",
            "job.py",
        ]
    )  # fmt: skip
    assert options == ["--driver-memory", "3g", *OURS, "job.py"]
    assert variables == {"STAGE": "dev"}


def test_nothing_asked_for_can_make_it_listen_elsewhere():
    options, _ = translate(["--conf", "spark.driver.bindAddress=0.0.0.0", "--conf", "spark.ui.enabled=true"])
    assert options == ["--driver-memory", DRIVER_MEMORY, *OURS]


def test_the_files_that_must_be_there_are_the_application_and_those_of_options():
    arguments = [
        "--verbose",
        "--py-files=s3://b/a.py,s3://b/b.zip",
        "--jars",
        "x.jar",
        "s3://b/job.py",
        "--files",
        "y",
    ]
    assert files(arguments) == ["s3://b/job.py", "s3://b/a.py", "s3://b/b.zip", "x.jar"]
    assert files([]) == []
