"""The runtime client where AWS's has no C extension, against a real Runtime API."""

import json

from penstock.emulator.functions.boot import HttpClient
from penstock.emulator.functions.runtime_api import Answered, RuntimeApi, Taken, Work


def test_the_stand_in_of_the_extension_speaks_the_runtime_api(monkeypatch):
    api = RuntimeApi()
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", api.address)
    client = HttpClient()
    client.initialize_client("test")
    for number, answer in enumerate(("result", "error")):
        api.offer(Work(f"id-{number}", b'{"n": 1}', 3.0, {"Lambda-Runtime-Invoked-Function-Arn": "arn"}))
        event, headers = client.next()
        assert json.loads(event) == {"n": 1}
        assert headers["Lambda-Runtime-Aws-Request-Id"] == f"id-{number}"
        assert headers["Lambda-Runtime-Invoked-Function-Arn"] == "arn"
        assert isinstance(headers["Lambda-Runtime-Deadline-Ms"], int)
        assert api.read() == [Taken(f"id-{number}")]
        if answer == "result":
            client.post_invocation_result("id-0", b"[]", "application/json")
            assert api.read() == [Answered(b"[]", is_error=False, request_id="id-0")]
        else:
            client.post_error("id-1", '{"errorType": "E"}', "{}")
            assert api.read() == [Answered(b'{"errorType": "E"}', is_error=True, request_id="id-1")]
    api.close()
