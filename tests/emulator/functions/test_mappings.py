"""Event source mappings over the wire: messages reach a function, and what it fails comes again."""

import json
import uuid

import pytest
from botocore.exceptions import ClientError

REPORTER = """
import json, os

def handler(event, context):
    if not event["Records"]:
        raise ValueError("an empty batch")
    failures = []
    for record in event["Records"]:
        print("GOT", json.dumps(record, sort_keys=True))
        if record["body"].startswith("raise"):
            raise ValueError(record["body"])
        if record["body"].startswith("fail") and int(record["attributes"]["ApproximateReceiveCount"]) < 2:
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
"""


class Queue:
    def __init__(self, client, **attributes):
        self.sqs = client("sqs")
        self.name = f"q-{uuid.uuid4().hex[:12]}"
        self.url = self.sqs.create_queue(QueueName=self.name, Attributes=attributes)["QueueUrl"]
        self.arn = f"arn:aws:sqs:us-east-1:000000000000:{self.name}"

    def send(self, body, **attributes):
        return self.sqs.send_message(QueueUrl=self.url, MessageBody=body, MessageAttributes=attributes)

    def left(self):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return sum(int(count) for count in found.values())


@pytest.fixture
def queue(client):
    return Queue(client, VisibilityTimeout="30")


@pytest.fixture
def map_to(functions):
    """Maps a queue to a function; the mapping is deleted when the test ends."""
    made = []

    def map_to(queue, function, **settings):
        mapping = functions.client.create_event_source_mapping(
            EventSourceArn=queue.arn, FunctionName=function, **settings
        )
        made.append(mapping["UUID"])
        return mapping

    yield map_to
    for identifier in made:
        functions.client.delete_event_source_mapping(UUID=identifier)


@pytest.fixture(scope="module")
def reporter(functions):
    return functions.make(REPORTER)


def test_a_message_reaches_the_function_and_is_deleted(functions, queue, map_to, reporter, wait_for):
    sent = queue.send("hello", colour={"DataType": "String", "StringValue": "red"})
    mapping = map_to(queue, reporter)
    got = functions.logged(reporter, sent["MessageId"])
    [line] = [line for line in got if sent["MessageId"] in line]
    record = json.loads(line.removeprefix("GOT "))
    assert record.pop("receiptHandle")
    assert record.pop("attributes")["ApproximateReceiveCount"] == "1"
    assert record == {
        "messageId": sent["MessageId"],
        "body": "hello",
        "messageAttributes": {
            "colour": {
                "stringValue": "red",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "String",
            }
        },
        "md5OfBody": sent["MD5OfMessageBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.arn,
        "awsRegion": "us-east-1",
    }
    wait_for(lambda: queue.left() == 0)
    found = wait_for(
        lambda: (
            (now := functions.client.get_event_source_mapping(UUID=mapping["UUID"]))["LastProcessingResult"]
            == "OK"
            and now
        )
    )
    for answer in (mapping, found):
        assert answer.pop("LastModified")
        answer.pop("ResponseMetadata")
        answer.pop("LastProcessingResult")
    assert mapping.pop("State") == "Creating"
    assert found.pop("State") == "Enabled"
    assert mapping == found
    assert found == {
        "UUID": mapping["UUID"],
        "EventSourceMappingArn": (
            f"arn:aws:lambda:us-east-1:000000000000:event-source-mapping:{mapping['UUID']}"
        ),
        "EventSourceArn": queue.arn,
        "FunctionArn": f"arn:aws:lambda:us-east-1:000000000000:function:{reporter}",
        "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": [],
        "StateTransitionReason": "USER_INITIATED",
    }


def test_items_that_a_function_reports_as_failed_come_again(functions, map_to, client, wait_for):
    queue = Queue(client, VisibilityTimeout="1")
    function = functions.make(REPORTER, Timeout=1)
    good, bad = queue.send("good"), queue.send("fail once")
    map_to(queue, function, FunctionResponseTypes=["ReportBatchItemFailures"])
    wait_for(lambda: queue.left() == 0)

    def got(sent):
        lines = [line for line in functions.logged(function, "GOT") if line.startswith("GOT")]
        return sum(sent["MessageId"] in line for line in lines)

    wait_for(lambda: got(bad) == 2)
    assert got(good) == 1


def test_a_batch_that_raises_is_left_in_the_queue(functions, queue, map_to, reporter, wait_for):
    queue.send("raise")
    mapping = map_to(queue, reporter)
    wait_for(
        lambda: (
            functions.client.get_event_source_mapping(UUID=mapping["UUID"])["LastProcessingResult"]
            == "PROBLEM: Function call failed"
        )
    )
    assert queue.left() == 1


def test_a_mapping_can_be_listed_disabled_and_deleted(functions, queue, reporter):
    client = functions.client
    identifier = client.create_event_source_mapping(EventSourceArn=queue.arn, FunctionName=reporter)["UUID"]
    for wanted in ({"EventSourceArn": queue.arn}, {"FunctionName": reporter, "EventSourceArn": queue.arn}):
        listed = client.list_event_source_mappings(**wanted)["EventSourceMappings"]
        assert [mapping["UUID"] for mapping in listed] == [identifier]
    updated = client.update_event_source_mapping(UUID=identifier, Enabled=False, BatchSize=5)
    assert (updated["State"], updated["BatchSize"]) == ("Updating", 5)
    assert client.get_event_source_mapping(UUID=identifier)["State"] == "Disabled"
    assert client.delete_event_source_mapping(UUID=identifier)["State"] == "Deleting"
    with pytest.raises(ClientError) as caught:
        client.get_event_source_mapping(UUID=identifier)
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert caught.value.response["Error"]["Message"] == "The resource you requested does not exist."


def test_what_cannot_be_mapped(functions, queue, map_to, client):
    slow = functions.make("", Timeout=60)
    quick = functions.make("")
    arn = queue.arn
    cases = [
        ({"EventSourceArn": f"{arn}-missing", "FunctionName": quick},
         "InvalidParameterValueException",
         "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
         "SQS Error Message: The specified queue does not exist."),
        ({"EventSourceArn": arn, "FunctionName": slow},
         "InvalidParameterValueException",
         "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds"),
        ({"EventSourceArn": arn, "FunctionName": "nobody"},
         "ResourceNotFoundException",
         "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody"),
        ({"EventSourceArn": arn, "FunctionName": quick, "BatchSize": 20},
         "InvalidParameterValueException",
         "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"),
        ({"EventSourceArn": "arn:aws:kinesis:us-east-1:000000000000:stream/s", "FunctionName": quick},
         "InvalidParameterValueException",
         "The emulator's event sources are SQS queues, and arn:aws:kinesis:us-east-1:000000000000:stream/s "
         "is none."),
        ({"EventSourceArn": arn, "FunctionName": quick, "FilterCriteria": {"Filters": [{"Pattern": "{}"}]}},
         "NotImplemented",
         "The emulator does not do FilterCriteria of an event source mapping."),
    ]  # fmt: skip
    for request, code, message in cases:
        with pytest.raises(ClientError) as caught:
            functions.client.create_event_source_mapping(**request)
        error = caught.value.response["Error"]
        assert (error["Code"], error["Message"]) == (code, message)
    mapping = map_to(queue, quick, Enabled=False)
    with pytest.raises(ClientError) as caught:
        functions.client.create_event_source_mapping(EventSourceArn=arn, FunctionName=quick)
    error = caught.value.response["Error"]
    assert error["Code"] == "ResourceConflictException"
    assert error["Message"] == (
        f'An event source mapping with SQS arn (" {arn} ") and function (" {quick} ") already exists. Please '
        f"update or delete the existing mapping with UUID {mapping['UUID']}"
    )
