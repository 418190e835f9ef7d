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
        "MakeLogGroup": (["logs:CreateLogGroup"], [group, f"{group}:*"]),
        "WriteLogs": (["logs:CreateLogStream", "logs:PutLogEvents"], [f"{group}:*"]),
    }


def test_a_function_with_a_queue_receives_its_messages_and_decrypts_them(tmp_path):
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
    found = policy(tmp_path, "", queue="arn:aws:sqs:q", kms_key=key)
    assert found["ReceiveMessages"] == (
        ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
        ["arn:aws:sqs:q"],
    )
    assert found["UseKeys"] == (["kms:Decrypt", "kms:GenerateDataKey"], [key])


def test_answers_to_callbacks_are_for_the_pipeline_itself(tmp_path):
    text = "client('sagemaker').send_pipeline_execution_step_success()"
    executions = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:pipeline/scoring/execution/*"
    assert policy(tmp_path, text)["CallSagemakerSendPipelineExecutionStepSuccess"] == (
        ["sagemaker:SendPipelineExecutionStepSuccess"],
        [executions],
    )


HERE = f"us-east-1:{ACCOUNT}"


@pytest.mark.parametrize(
    ("call", "actions", "resources"),
    [
        ("lambda').invoke()", ["lambda:InvokeFunction"], [f"lambda:{HERE}:function:*"]),
        ("lambda').list_functions()", ["lambda:ListFunctions"], ["*"]),
        ("sqs').send_message_batch()", ["sqs:SendMessage"], [f"sqs:{HERE}:*"]),
        ("sqs').list_queues()", ["sqs:ListQueues"], ["*"]),
        ("cloudwatch').put_metric_data()", ["cloudwatch:PutMetricData"], ["*"]),
        (
            "dynamodb').transact_write_items()",
            [f"dynamodb:{name}" for name in ("ConditionCheckItem", "DeleteItem", "PutItem", "UpdateItem")],
            ["*"],
        ),
        (
            "sagemaker').start_pipeline_execution()",
            ["sagemaker:StartPipelineExecution"],
            [f"sagemaker:{HERE}:pipeline/*"],
        ),
        (
            "sagemaker').update_model_package()",
            ["sagemaker:UpdateModelPackage"],
            [f"sagemaker:{HERE}:model-package/*"],
        ),
        (
            "sagemaker').create_model_package()",
            ["sagemaker:CreateModelPackage"],
            [f"sagemaker:{HERE}:model-package-group/*", f"sagemaker:{HERE}:model-package/*"],
        ),
        (
            "sagemaker').update_endpoint_weights_and_capacities()",
            ["sagemaker:UpdateEndpointWeightsAndCapacities"],
            [f"sagemaker:{HERE}:endpoint/*"],
        ),
        (
            "sagemaker').describe_auto_ml_job_v2()",
            ["sagemaker:DescribeAutoMLJobV2"],
            [f"sagemaker:{HERE}:automl-job/*"],
        ),
        ("sagemaker').search()", ["sagemaker:Search"], ["*"]),
        ("sagemaker').list_tags()", ["sagemaker:ListTags"], [f"sagemaker:{HERE}:*"]),
        (
            "sagemaker-runtime').invoke_endpoint_async()",
            ["sagemaker:InvokeEndpointAsync"],
            [f"sagemaker:{HERE}:endpoint/*"],
        ),
        ("s3').copy_object()", ["s3:GetObject", "s3:PutObject"], ["s3:::things/penstock/*"]),
        ("s3').list_parts()", ["s3:ListMultipartUploadParts"], ["s3:::things/penstock/*"]),
        ("s3').list_multipart_uploads()", ["s3:ListBucketMultipartUploads"], ["s3:::things"]),
        ("s3').head_bucket()", ["s3:ListBucket"], ["s3:::things"]),
        ("s3').list_buckets()", ["s3:ListAllMyBuckets"], ["*"]),
    ],
)
def test_calls_by_iams_names_on_what_they_know(tmp_path, call, actions, resources):
    found = policy(tmp_path, f"client('{call}")
    [(action, resource)] = [found[sid] for sid in found.keys() - {"MakeLogGroup", "WriteLogs"}]
    assert action == actions
    assert resource == [one if one == "*" else f"arn:aws:{one}" for one in resources]


def test_who_one_is_may_everybody_ask(tmp_path):
    found = policy(tmp_path, "client('sts').get_caller_identity()")
    assert found.keys() == {"MakeLogGroup", "WriteLogs"}


@pytest.mark.parametrize(
    ("key", "resource"),
    [("1234", "key/1234"), ("alias/data", "key/*"), (f"arn:aws:kms:{HERE}:key/1", "key/1")],
)
def test_an_endpoints_volumes_are_granted_the_key(tmp_path, key, resource):
    found = policy(tmp_path, "client('sagemaker').create_endpoint()", kms_key=key)
    granted = (["kms:CreateGrant", "kms:DescribeKey"], [f"arn:aws:kms:{HERE}:{resource}"])
    assert found["GrantVolumeKeys"] == granted
