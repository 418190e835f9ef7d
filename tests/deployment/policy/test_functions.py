"""What functions call, by their source."""

import pytest

from penstock.deployment.environments import Environment
from penstock.deployment.functions.wanted import Wanted
from penstock.deployment.policy.functions import calls, needs

ACCOUNT = "123456789012"


def source(tmp_path, text):
    file = tmp_path / "function.py"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("boto3.client('s3').put_object(Bucket='b')", [("s3", "PutObject")]),
        ("c = client('sqs')\ndef f(q):\n    q.send_message()", [("sqs", "SendMessage")]),
        ("client('s3').get_paginator('list_objects_v2')", [("s3", "ListObjectsV2")]),
        ("client('s3').upload_file('a')", [("s3", "PutObject")]),
        ("client('nothing').put_object()", []),
        ("client(name).put_object()", []),
        ("not python", []),
    ],
)
def test_the_calls_of_a_source(tmp_path, text, found):
    assert calls([source(tmp_path, text)]) == found


def policy(tmp_path, text, queue=None, **settings):
    environment = Environment(
        name="local",
        account=ACCOUNT,
        region="us-east-1",
        role=f"arn:aws:iam::{ACCOUNT}:role/pipelines",
        bucket="things",
        **settings,
    )
    source(tmp_path, text)
    wanted = Wanted("scoring-f", {}, b"", {}, queue)
    document = needs(tmp_path, "function.py", wanted, environment, "scoring")
    return {one["Sid"]: (one["Action"], one["Resource"]) for one in document["Statement"]}


def test_a_function_logs_and_calls_what_it_calls(tmp_path):
    text = "c = boto3.client('sagemaker')\nc.create_model()\nc.list_models()\nclient('s3').put_object()\n"
    here = f"us-east-1:{ACCOUNT}"
    group = f"arn:aws:logs:{here}:log-group:/aws/lambda/scoring-f"
    assert policy(tmp_path, text) == {
        "CallSagemakerCreateModel": (["sagemaker:CreateModel"], [f"arn:aws:sagemaker:{here}:model/*"]),
        "CallSagemakerListModels": (["sagemaker:ListModels"], ["*"]),
        "PassRolesToSagemaker": (["iam:PassRole"], [f"arn:aws:iam::{ACCOUNT}:role/pipelines"]),
        "UseObjects": (["s3:PutObject"], ["arn:aws:s3:::things/penstock/*"]),
        "WriteLogs": (
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            [group, f"{group}:*"],
        ),
    }


def test_a_function_with_a_queue_receives_its_messages_and_decrypts_them(tmp_path):
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
    found = policy(tmp_path, "", queue="arn:aws:sqs:q", kms_key=key)
    assert found["ReceiveMessages"] == (
        ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
        ["arn:aws:sqs:q"],
    )
    assert found["UseKeys"] == (["kms:Decrypt", "kms:GenerateDataKey*"], [key])


def test_answers_to_callbacks_are_for_the_pipeline_itself(tmp_path):
    text = "client('sagemaker').send_pipeline_execution_step_success()"
    pipeline = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:pipeline/scoring"
    assert policy(tmp_path, text)["CallSagemakerSendPipelineExecutionStepSuccess"] == (
        ["sagemaker:SendPipelineExecutionStepSuccess"],
        [pipeline, f"{pipeline}/*"],
    )
