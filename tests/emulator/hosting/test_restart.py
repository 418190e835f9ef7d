"""Endpoints after the emulator was stopped, or killed."""

import psutil


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


def test_endpoints_survive_a_kill_and_their_containers_do_not(start_hosting, tmp_path):
    bench = start_hosting(tmp_path)
    name = bench.endpoint(bench.config(bench.model(), bench.model({"MARKS": "[]"}), weights=(1, 0)))
    bench.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=name,
        DesiredWeightsAndCapacities=[
            {"VariantName": "v1", "DesiredWeight": 0},
            {"VariantName": "v2", "DesiredWeight": 1},
        ],
    )
    assert len(processes_of(bench.emulator.state)) >= 2
    bench.emulator.kill()
    bench.eventually(lambda: not processes_of(bench.emulator.state))

    again = start_hosting(tmp_path)
    assert again.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService"
    # It starts with the first request, at the weights that it had.
    assert processes_of(again.emulator.state) == []
    assert again.said(name, "1") == "[1]"
    again.emulator.stop()
    assert processes_of(again.emulator.state) == []
