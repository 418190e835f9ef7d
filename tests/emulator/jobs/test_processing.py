import json
import time

from penstock.emulator.jobs import storage

FAILS = "import sys; print('before'); sys.exit('it broke')"


def output(name: str, uri: str, mode: str = "EndOfJob") -> dict:
    place = {"S3Uri": uri, "LocalPath": f"/opt/ml/processing/{name}", "S3UploadMode": mode}
    return {"OutputName": name, "S3Output": place}


def test_inputs_arguments_and_environment_reach_the_code_and_outputs_reach_s3(bench):
    bench.put("data/a.csv", "1")
    bench.put("data/deep/b.csv", "2")
    code = """
import os, pathlib, sys
data = pathlib.Path("/opt/ml/processing/data")
found = sorted(str(path.relative_to(data)) for path in data.rglob("*.csv"))
made = pathlib.Path("/opt/ml/processing/made")
(made / "sub").mkdir()
(made / "sub" / "result.txt").write_text(" ".join([*found, *sys.argv[1:], os.environ["COLOUR"]]))
(made / "link").symlink_to("/etc/passwd")
pathlib.Path("/opt/ml/output/message").write_text("all is well")
print("hello")
"""
    data = {
        "InputName": "data",
        "S3Input": {
            "S3Uri": bench.uri("data"),
            "LocalPath": "/opt/ml/processing/data",
            "S3DataType": "S3Prefix",
        },
    }
    request = bench.process(
        code,
        ProcessingInputs=[data],
        AppSpecification={"ContainerArguments": ["--rows", "5"]},
        Environment={"COLOUR": "green"},
        ProcessingOutputConfig={"Outputs": [output("made", bench.uri("out"))]},
    )
    document = bench.run("ProcessingJob", **request)
    assert document.get("FailureReason") is None
    assert document["ProcessingJobStatus"] == "Completed"
    assert document["ExitMessage"] == "all is well"
    assert document["CreationTime"] <= document["ProcessingStartTime"] <= document["ProcessingEndTime"]
    assert bench.keys("out/") == ["out/sub/result.txt"]
    assert bench.get("out/sub/result.txt") == b"a.csv deep/b.csv --rows 5 green"
    assert document["_RanBy"]["Isolation"] == bench.runner.isolation.name
    name = document["ProcessingJobName"]
    stream = f"{name}/algo-1-{int(document['ProcessingStartTime'])}"
    lines = bench.log_lines("ProcessingJob", name)
    assert [key.rsplit("-", 1)[0] for key in lines] == [stream.rsplit("-", 1)[0]]
    assert next(iter(lines.values())) == ["hello"]
    assert list(bench.state.jobs.iterdir()) == []


def test_the_code_finds_the_configuration_files_and_an_aws_client_that_reaches_the_emulator(bench):
    code = f"""
import boto3, json, os
config = json.load(open("/opt/ml/config/processingjobconfig.json"))
hosts = json.load(open("/opt/ml/config/resourceconfig.json"))
name = os.environ["PROCESSING_JOB_NAME"]
body = json.dumps([config["ProcessingJobName"], config["Environment"], hosts, name])
boto3.client("s3").put_object(Bucket="penstock-tests", Key="{bench.prefix}/seen.json", Body=body)
"""
    document = bench.run("ProcessingJob", **bench.process(code, Environment={"A": "b"}))
    assert document["ProcessingJobStatus"] == "Completed", document
    name = document["ProcessingJobName"]
    hosts = {"current_host": "algo-1", "hosts": ["algo-1"]}
    assert json.loads(bench.get("seen.json")) == [name, {"A": "b"}, hosts, name]


def test_a_job_runs_in_each_isolation(bench, isolation):
    bench.runner.isolation = isolation
    code = """
import json, pathlib, sys
config = json.load(open("/opt/ml/config/processingjobconfig.json"))
place = config["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["LocalPath"]
pathlib.Path(place, "seen").write_text(pathlib.Path(sys.argv[1]).name)
pathlib.Path("/opt/ml/output/message").write_text("seen")
"""
    request = bench.process(
        code,
        AppSpecification={"ContainerArguments": ["/opt/ml/processing/input/code/script.py"]},
        ProcessingOutputConfig={"Outputs": [output("made", bench.uri("out"))]},
    )
    document = bench.run("ProcessingJob", **request)
    assert document["ProcessingJobStatus"] == "Completed", document
    assert document["ExitMessage"] == "seen"
    assert document["_RanBy"]["Isolation"] == isolation.name
    assert bench.get("out/seen") == b"script.py"


def test_failing_code_fails_the_job_with_its_last_lines_and_exit_code(bench):
    request = bench.process(FAILS, ProcessingOutputConfig={"Outputs": [output("made", bench.uri("out"))]})
    document = bench.run("ProcessingJob", **request)
    assert document["ProcessingJobStatus"] == "Failed"
    assert document["FailureReason"] == "AlgorithmError: before\nit broke, exit code: 1"
    assert "ExitMessage" not in document
    assert bench.keys("out/") == []


def test_the_exit_message_is_the_reason_when_there_is_one(bench):
    code = "open('/opt/ml/output/message', 'w').write('no rows ' * 1000); raise SystemExit(4)"
    document = bench.run("ProcessingJob", **bench.process(code))
    assert document["ExitMessage"] == ("no rows " * 1000)[:1024]
    assert len(document["FailureReason"]) <= 1024
    assert document["FailureReason"].endswith("no rows, exit code: 4")


def test_an_exit_message_that_is_no_utf8_fails_the_job(bench):
    document = bench.run(
        "ProcessingJob", **bench.process("open('/opt/ml/output/message', 'wb').write(b'\\xff')")
    )
    assert document["FailureReason"] == "ClientError: /opt/ml/output/message is not UTF-8"


def test_a_missing_input_is_named(bench):
    data = {
        "InputName": "data",
        "S3Input": {"S3Uri": bench.uri("nothing"), "LocalPath": "/opt/ml/processing/d"},
    }
    document = bench.run("ProcessingJob", **bench.process("", ProcessingInputs=[data]))
    assert document["FailureReason"] == (
        f"ClientError: No S3 objects found under S3 URL '{bench.uri('nothing')}'. "
        "Check that the bucket is there and that objects exist under that prefix."
    )


def test_a_missing_bucket_is_named(bench):
    data = {"InputName": "data", "S3Input": {"S3Uri": "s3://no-such/x", "LocalPath": "/opt/ml/processing/d"}}
    document = bench.run("ProcessingJob", **bench.process("", ProcessingInputs=[data]))
    assert document["FailureReason"].startswith(
        "ClientError: No S3 objects found under S3 URL 's3://no-such/x'."
    )


def test_a_local_path_outside_opt_ml_processing_is_refused(bench):
    for path in ("/etc/x", "/opt/ml/processing/../../../etc", "/opt/ml/processing"):
        data = {"InputName": "data", "S3Input": {"S3Uri": bench.uri("code"), "LocalPath": path}}
        document = bench.run("ProcessingJob", **bench.process("", ProcessingInputs=[data]))
        assert document["FailureReason"] == (
            f"ClientError: data: LocalPath is '{path}'; it must begin with /opt/ml/processing/"
        )


def test_an_unknown_image_is_named_with_the_way_to_register_a_stand_in(bench):
    image = "123.dkr.ecr.us-east-1.amazonaws.com/team/own-image:7"
    document = bench.run("ProcessingJob", **bench.process("", AppSpecification={"ImageUri": image}))
    assert document["FailureReason"] == (
        f"ClientError: no stand-in runs the image {image} on this machine. Register a StandIn for the "
        "repository 'team/own-image': in penstock/emulator/standins/registry.py, or from a package of yours "
        "under the entry point group 'penstock.stand_ins'."
    )


def test_an_image_without_an_entrypoint_needs_one(bench):
    document = bench.run("ProcessingJob", **bench.process("", AppSpecification={"ContainerEntrypoint": None}))
    assert document["FailureReason"].endswith(
        "starts nothing of its own: AppSpecification.ContainerEntrypoint must say what to run"
    )


def test_what_is_not_supported_says_so(bench):
    athena = {"InputName": "data", "DatasetDefinition": {}}
    document = bench.run("ProcessingJob", **bench.process("", ProcessingInputs=[athena]))
    assert document["FailureReason"] == (
        "ClientError: input data: a DatasetDefinition (Athena, Redshift) is not supported here"
    )


def test_a_job_that_takes_too_long_fails(bench):
    document = bench.run(
        "ProcessingJob",
        **bench.process("import time; time.sleep(60)", StoppingCondition={"MaxRuntimeInSeconds": 1}),
    )
    assert document["ProcessingJobStatus"] == "Failed"
    assert document["FailureReason"] == (
        "ClientError: The job ran for longer than its limit of 1 seconds and was ended; "
        "raise the limit, or give it less to do."
    )


def test_a_job_can_be_stopped(bench):
    name = bench.start(
        "ProcessingJob", **bench.process("import time; print('up', flush=True); time.sleep(60)")
    )
    while "ProcessingStartTime" not in bench.document("ProcessingJob", name):
        time.sleep(0.01)
    bench.runner.stop("ProcessingJob", name)
    document = bench.end("ProcessingJob", name)
    assert document["ProcessingJobStatus"] == "Stopped"
    assert "FailureReason" not in document


def test_a_shutdown_fails_running_jobs_with_the_reason(bench):
    name = bench.start("ProcessingJob", **bench.process("import time; time.sleep(60)"))
    bench.runner.shutdown()
    document = bench.end("ProcessingJob", name)
    assert document["ProcessingJobStatus"] == "Failed"
    assert document["FailureReason"] == "InternalServerError: the emulator was stopped during the job"


def test_continuous_outputs_arrive_while_the_job_runs(bench):
    code = """
import boto3, pathlib, time
pathlib.Path("/opt/ml/processing/made/first").write_text("1")
s3 = boto3.client("s3")
while not s3.list_objects_v2(Bucket="penstock-tests", Prefix="%s/out/first").get("Contents"):
    time.sleep(0.05)
pathlib.Path("/opt/ml/processing/made/second").write_text("2")
"""
    document = bench.run(
        "ProcessingJob",
        **bench.process(
            code % bench.prefix,
            ProcessingOutputConfig={"Outputs": [output("made", bench.uri("out"), "Continuous")]},
        ),
    )
    assert document["ProcessingJobStatus"] == "Completed", document
    assert bench.keys("out/") == ["out/first", "out/second"]


def test_an_output_bucket_that_is_not_there_fails_the_job(bench):
    code = "open('/opt/ml/processing/made/x', 'w').close()"
    request = bench.process(
        code, ProcessingOutputConfig={"Outputs": [output("made", "s3://no-such-bucket/out")]}
    )
    document = bench.run("ProcessingJob", **request)
    assert document["FailureReason"] == (
        "ClientError: could not upload to s3://no-such-bucket/out/x: "
        "NoSuchBucket: The specified bucket does not exist"
    )


def test_manifests_name_their_objects(bench):
    bench.put("parts/a", "1")
    bench.put("parts/b", "2")
    manifest = bench.put("manifest", json.dumps([{"prefix": bench.uri("parts/")}, "b"]))
    found = storage.find(bench.s3, {"S3DataType": "ManifestFile", "S3Uri": manifest})
    assert [(entry.uri, entry.name, entry.size) for entry in found] == [(bench.uri("parts/b"), "b", 1)]


def test_names_are_relative_to_their_prefix():
    assert storage.relative_name("in/a.csv", "in") == "a.csv"
    assert storage.relative_name("in/deep/a.csv", "in/") == "deep/a.csv"
    assert storage.relative_name("in/a.csv", "in/a.csv") == "a.csv"
    assert storage.relative_name("in/part-1", "in/part") == "part-1"
    assert storage.relative_name("in/a.csv", "") == "in/a.csv"


def test_a_key_cannot_lead_out_of_the_folder(bench, tmp_path):
    bench.put("keys/../../../escaped", "x")
    found = storage.find(bench.s3, {"S3Uri": bench.uri("keys/")})
    for entry in found:
        try:
            storage.download(bench.s3, [entry], tmp_path / "inside")
        except Exception as error:
            assert "does not name a file below its prefix" in str(error)
        else:
            raise AssertionError("the key was downloaded")
