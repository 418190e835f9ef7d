"""Endpoints after the emulator was killed."""

import psutil
import pytest

from penstock.emulator.sagemaker.store import Store

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("hosting")]


@pytest.fixture(scope="module")
def killed(start_hosting, tmp_path_factory):
    """Endpoints by what they were doing when their emulator was killed, and the emulator of after."""
    root = tmp_path_factory.mktemp("killed")
    bench = start_hosting(root)
    two = bench.config(bench.model(), bench.model({"MARKS": "[]"}), weights=(1, 0))
    config = bench.config(bench.model())
    names = {what: bench.endpoint(config) for what in ("Creating", "Updating", "Deleting", "unstartable")} | {
        "serving": bench.endpoint(two)
    }
    bench.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=names["serving"],
        DesiredWeightsAndCapacities=[
            {"VariantName": "v1", "DesiredWeight": 0},
            {"VariantName": "v2", "DesiredWeight": 1},
        ],
    )
    assert len(processes_of(bench.emulator.state)) >= len(names)
    bench.emulator.kill()
    bench.eventually(lambda: not processes_of(bench.emulator.state))

    store = Store(bench.emulator.state.database)
    becomes = store.get("EndpointConfig", config)
    for status in ("Creating", "Updating", "Deleting"):
        # As they are in the middle.
        store.update(
            "Endpoint", names[status], lambda it, to=status: it.update(EndpointStatus=to, _Becomes=becomes)
        )
    store.update("Endpoint", names["unstartable"], lose_models)
    store.close()
    after = start_hosting(root)
    yield after, names
    after.emulator.stop()


def processes_of(state):
    """The ids of the processes that run in an endpoint of a state directory."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd().startswith(str(state.endpoints)):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def lose_models(document):
    for model in document["_Serves"]["_Models"].values():
        for container in model["Containers"]:
            container["ModelDataUrl"] = "s3://lost/model.tar.gz"


def test_an_endpoint_starts_again_with_its_first_request_at_the_weights_that_it_had(killed):
    bench, names = killed
    name = names["serving"]
    assert bench.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService"
    assert list(bench.emulator.state.endpoints.glob(f"{name}-*")) == []
    assert bench.said(name, "1") == "[1]"


def test_what_was_under_way_is_settled(killed):
    bench, names = killed
    assert bench.settled(names["Creating"])["EndpointStatus"] == "InService"
    updated = bench.settled(names["Updating"])
    assert (updated["EndpointStatus"], updated["FailureReason"]) == (
        "InService",
        "The emulator stopped during the update. Update the endpoint again.",
    )
    assert bench.said(names["Updating"], "1") == "<1>"
    bench.gone(names["Deleting"])


def test_an_endpoint_that_cannot_start_again_says_why_once_it_was_asked(killed):
    bench, names = killed
    name = names["unstartable"]
    refused = bench.refused(bench.runtime.invoke_endpoint, EndpointName=name, Body=b"1")
    assert refused["Error"]["Message"] == f"Endpoint {name} of account 000000000000 not found."
    failed = bench.settled(name)
    assert (failed["EndpointStatus"], failed["FailureReason"]) == (
        "Failed",
        "could not find model data at s3://lost/model.tar.gz",
    )


def test_a_stop_leaves_no_process_behind(killed):
    bench, names = killed
    assert bench.said(names["serving"], "1") == "[1]"
    bench.emulator.stop()
    assert processes_of(bench.emulator.state) == []
