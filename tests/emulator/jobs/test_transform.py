import gzip
import json
import tarfile
from io import BytesIO

import pytest

IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/echo:1"


def archive(**files: bytes) -> bytes:
    packed = BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, BytesIO(content))
    return packed.getvalue()


@pytest.fixture
def model(bench):
    """Makes a model of echo containers, one for each environment."""

    def make(*environments: dict[str, str]) -> str:
        url = bench.put("model.tar.gz", archive(weights=b"1"))
        definitions = [
            {"Image": IMAGE, "ModelDataUrl": url, "Environment": environment}
            for environment in environments or [{}]
        ]
        containers = (
            {"PrimaryContainer": definitions[0]} if len(definitions) == 1 else {"Containers": definitions}
        )
        bench.store.create("Model", "echo", {"ModelName": "echo", **containers})
        return "echo"

    return make


def request(bench, model: str = "echo", key: str = "in/", **members) -> dict:
    return {
        "ModelName": model,
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": bench.uri(key)}},
            "ContentType": "text/csv",
            "SplitType": "Line",
            **members.pop("TransformInput", {}),
        },
        "TransformOutput": {
            "S3OutputPath": bench.uri("out"),
            "AssembleWith": "Line",
            **members.pop("TransformOutput", {}),
        },
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **members,
    }


def log(bench, document: dict) -> list[str]:
    name = document["TransformJobName"]
    return [line for lines in bench.log_lines("TransformJob", name).values() for line in lines]


def test_each_object_gives_one_output_in_the_order_of_its_lines(bench, model):
    bench.put("in/a.csv", "1,2\n3\n\n4,5,6\n")
    bench.put("in/deep/b.csv", "7")
    bench.put("in/empty.csv", "")
    document = bench.run("TransformJob", **request(bench, model()))
    assert document["TransformJobStatus"] == "Completed", document
    assert bench.keys("out/") == ["out/a.csv.out", "out/deep/b.csv.out", "out/empty.csv.out"]
    assert bench.get("out/a.csv.out") == b"1,2,2\n3,1\n4,5,6,3\n"
    assert bench.get("out/deep/b.csv.out") == b"7,1\n"
    assert bench.get("out/empty.csv.out") == b""
    assert document["TransformStartTime"] <= document["TransformEndTime"]
    lines = log(bench, document)
    assert "['weights']" in lines
    assert "{'SAGEMAKER_BATCH': 'true', 'SAGEMAKER_MAX_PAYLOAD_IN_MB': None}" in lines
    assert "MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD" in lines


def test_a_model_is_served_in_each_isolation(bench, model, isolation):
    bench.runner.isolation = isolation
    bench.put("in/a.csv", "1,2\n")
    document = bench.run("TransformJob", **request(bench, model()))
    assert document["TransformJobStatus"] == "Completed", document
    assert "['weights']" in log(bench, document)


def test_single_records_go_one_by_one_and_come_back_in_order(bench, model):
    rows = [f"{number},x" for number in range(50)]
    bench.put("in/a.csv", "\n".join(rows))
    document = bench.run(
        "TransformJob", **request(bench, model(), BatchStrategy="SingleRecord", MaxConcurrentTransforms=4)
    )
    assert bench.get("out/a.csv.out").decode().splitlines() == [f"{row},2" for row in rows]
    assert sum(line.startswith("asked") for line in log(bench, document)) == 50


def test_the_container_says_how_it_wants_to_be_asked_and_the_request_has_the_last_word(bench, model):
    bench.put("in/a.csv", "1\n2\n")
    wants = {"BatchStrategy": "SINGLE_RECORD", "MaxConcurrentTransforms": 2, "MaxPayloadInMB": 1}
    document = bench.run(
        "TransformJob",
        **request(bench, model({"ECHO_PARAMETERS": json.dumps(wants)}), MaxPayloadInMB=3),
    )
    assert "MaxConcurrentTransforms=2, MaxPayloadInMB=3, BatchStrategy=SINGLE_RECORD" in log(bench, document)


def test_payloads_are_filled_up_to_the_limit(bench, model):
    bench.put("in/a.csv", b"x" * 1023 + b"\n" + b"y" * 700_000 + b"\n" + b"z" * 700_000)
    document = bench.run("TransformJob", **request(bench, model(), MaxPayloadInMB=1))
    sizes = [line.split()[1] for line in log(bench, document) if line.startswith("asked")]
    assert sizes == ["701025", "700000"]


def test_a_whole_object_is_one_request_without_a_split(bench, model):
    bench.put("in/a.csv", "1\n2\n")
    document = bench.run(
        "TransformJob",
        **request(
            bench, model(), TransformInput={"SplitType": "None"}, TransformOutput={"AssembleWith": "None"}
        ),
    )
    assert bench.get("out/a.csv.out") == b"1,1\n2,1"
    assert "asked 4 bytes of text/csv" in log(bench, document)


def test_gzip_input_is_unpacked(bench, model):
    bench.put("in/a.csv.gz", gzip.compress(b"1\n2\n"))
    bench.run("TransformJob", **request(bench, model(), TransformInput={"CompressionType": "Gzip"}))
    assert bench.get("out/a.csv.gz.out") == b"1,1\n2,1\n"


def test_containers_in_sequence_ask_each_other(bench, model):
    bench.put("in/a.csv", "1\n")
    name = model({"ECHO_PREFIX": "first "}, {"ECHO_PREFIX": "second "})
    document = bench.run("TransformJob", **request(bench, name))
    assert bench.get("out/a.csv.out") == b"second first 1,1,2\n"
    streams = bench.log_lines("TransformJob", document["TransformJobName"])
    assert len([key for key in streams if "/container-" in key]) == 2


def test_csv_is_filtered_and_joined(bench, model):
    bench.put("in/a.csv", '7,"a, b",c\n8,d,e\n')
    processing = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    document = bench.run("TransformJob", **request(bench, model(), DataProcessing=processing))
    assert document["TransformJobStatus"] == "Completed", document
    assert bench.get("out/a.csv.out") == b"7,3\n8,2\n"


def test_json_lines_are_joined_under_sagemaker_output(bench, model):
    bench.put("in/a.jsonl", '{"id": 1, "x": "é"}\n[2]\n')
    document = bench.run(
        "TransformJob",
        **request(
            bench,
            model(),
            TransformInput={"ContentType": "application/jsonlines"},
            TransformOutput={"Accept": "application/jsonlines"},
            DataProcessing={"JoinSource": "Input"},
        ),
    )
    assert document["TransformJobStatus"] == "Completed", document
    assert [json.loads(line) for line in bench.get("out/a.jsonl.out").splitlines()] == [
        {"id": 1, "x": "é", "SageMakerOutput": {"score": 1}},
        {"SageMakerInput": [2], "SageMakerOutput": {"score": 1}},
    ]


def test_one_refused_object_fails_the_job_and_the_others_come_out(bench, model):
    bench.put("in/a.csv", "1\n")
    bench.put("in/b.csv", "bad\n")
    bench.put("in/c.csv", "3\n")
    document = bench.run("TransformJob", **request(bench, model()))
    place = f"penstock-tests/{bench.prefix}/in/b.csv"
    assert document["TransformJobStatus"] == "Failed"
    assert document["FailureReason"] == (
        f"ClientError: See job logs for more information. {place}: 400: bad line"
    )
    assert bench.keys("out/") == ["out/a.csv.out", "out/c.csv.out"]
    assert f"{place}: ClientError: 400: bad line" in log(bench, document)


def test_a_server_error_is_tried_again(bench, model):
    bench.put("in/a.csv", "flaky\n")
    document = bench.run("TransformJob", **request(bench, model()))
    assert bench.get("out/a.csv.out") == b"flaky,1\n"
    assert "attempt 1 failed, trying again: 500: not this time" in log(bench, document)


def test_no_more_retries_than_asked_for(bench, model):
    bench.put("in/a.csv", "flaky\n")
    document = bench.run(
        "TransformJob", **request(bench, model(), ModelClientConfig={"InvocationsMaxRetries": 0})
    )
    assert document["FailureReason"].endswith("in/a.csv: 500: not this time")


def test_a_record_larger_than_the_payload_is_an_error(bench, model):
    bench.put("in/a.csv", b"x" * (1 << 20) + b"y\n")
    document = bench.run("TransformJob", **request(bench, model(), MaxPayloadInMB=1))
    assert document["FailureReason"].endswith(
        "in/a.csv: a record is larger than the payload limit of 1048576 bytes (MaxPayloadInMB)"
    )


def test_a_container_that_does_not_start_fails_the_job_with_its_words(bench, model):
    bench.put("in/a.csv", "1\n")
    document = bench.run("TransformJob", **request(bench, model({"ECHO_BROKEN": "1"})))
    assert document["FailureReason"] == "AlgorithmError: no model here, exit code: 1"


def test_a_missing_model_archive_is_named(bench, model):
    name = model()
    bench.s3.delete_object(Bucket="penstock-tests", Key=f"{bench.prefix}/model.tar.gz")
    bench.put("in/a.csv", "1\n")
    document = bench.run("TransformJob", **request(bench, name))
    assert document["FailureReason"] == (
        f"ClientError: could not find model data at {bench.uri('model.tar.gz')}"
    )


def test_an_unsafe_model_archive_is_refused(bench, model):
    name = model()
    bench.put("model.tar.gz", archive(**{"../../escaped": b"x"}))
    bench.put("in/a.csv", "1\n")
    document = bench.run("TransformJob", **request(bench, name))
    assert document["FailureReason"] == (
        f"ClientError: the model data at {bench.uri('model.tar.gz')} "
        "holds a member that leads out of its folder: '../../escaped'"
    )


def test_a_missing_model_and_missing_data_are_named(bench, model):
    document = bench.run("TransformJob", **request(bench, "nobody"))
    assert document["FailureReason"] == "ClientError: there is no model 'nobody'"
    document = bench.run("TransformJob", **request(bench, model()))
    assert document["FailureReason"].startswith("ClientError: No S3 objects found under S3 URL")


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        (
            {"TransformInput": {"SplitType": "RecordIO"}},
            "ClientError: SplitType RecordIO is not supported here; use Line or None",
        ),
        (
            {"DataProcessing": {"OutputFilter": "$[a]"}},
            "ClientError: DataProcessing: '[a]' is neither names, indexes, a slice nor *",
        ),
        (
            {"TransformInput": {"ContentType": "image/png"}, "DataProcessing": {"JoinSource": "Input"}},
            "ClientError: DataProcessing needs CSV or JSON data; ContentType is 'image/png'",
        ),
    ],
)
def test_what_cannot_be_done_is_said(bench, model, members, reason):
    bench.put("in/a.csv", "1\n")
    assert bench.run("TransformJob", **request(bench, model(), **members))["FailureReason"] == reason


def test_an_output_filter_out_of_range_is_an_error(bench, model):
    bench.put("in/a.csv", "1\n")
    document = bench.run("TransformJob", **request(bench, model(), DataProcessing={"OutputFilter": "$[5]"}))
    assert document["FailureReason"].endswith("in/a.csv: '$[5]' finds nothing in ['1', '1']")


def test_a_model_package_stands_for_its_containers(bench):
    url = bench.put("model.tar.gz", archive(weights=b"1"))
    container = {"Image": IMAGE, "ModelDataUrl": url}
    bench.store.create("ModelPackage", "group/1", {"InferenceSpecification": {"Containers": [container]}})
    arn = "arn:aws:sagemaker:us-east-1:000000000000:model-package/group/1"
    definition = {"ModelPackageName": arn, "Environment": {"ECHO_PREFIX": "of package "}}
    bench.store.create("Model", "packaged", {"PrimaryContainer": definition})
    bench.put("in/a.csv", "1\n")
    bench.run("TransformJob", **request(bench, "packaged"))
    assert bench.get("out/a.csv.out") == b"of package 1,1\n"
