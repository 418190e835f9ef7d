"""Endpoints from their creation to their end, with boto3 as it is."""



PREFIX = "arn:aws:sagemaker:us-east-1:000000000000:"


def test_an_endpoint_answers_with_its_model(bench):
    name = bench.endpoint()
    answer = bench.invoke(name, "1,2")
    assert answer["Body"] == b"<1,2>"
    assert answer["ContentType"] == "text/csv; charset=utf-8"
    assert answer["InvokedProductionVariant"] == "v1"
    assert bench.said(name, "model") == "weights"
