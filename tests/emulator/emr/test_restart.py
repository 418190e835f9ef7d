"""What a kill of the emulator leaves of its clusters."""

import os
import time

import pytest

pytestmark = pytest.mark.long


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_kill_ends_what_runs_and_the_next_start_says_so(start_emulator, make_bench, tmp_path):
    emulator = start_emulator(tmp_path / "state")
    bench = make_bench(emulator.client)
    noted = tmp_path / "process"
    cluster = bench.cluster(
        bench.step("sh", "-c", f"echo $$ > {noted}.new; mv {noted}.new {noted}; sleep 60"),
        bench.step("true"),
    )
    until = time.monotonic() + 30
    while not noted.exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    emulator.kill()

    again = make_bench(start_emulator(tmp_path / "state").client)
    while alive(int(noted.read_text())):
        assert time.monotonic() < until + 30
        time.sleep(0.02)
    status = again.status(cluster)
    assert (status["State"], status["StateChangeReason"]) == (
        "TERMINATED_WITH_ERRORS",
        {
            "Code": "INTERNAL_ERROR",
            "Message": "The emulator stopped while the cluster was there. Run it again.",
        },
    )
    ran, waited = again.steps(cluster)
    assert (ran["Status"]["State"], ran["Status"]["FailureDetails"]) == (
        "FAILED",
        {
            "Reason": "The emulator stopped.",
            "Message": "The emulator stopped while the step was running. Submit the step again.",
        },
    )
    assert waited["Status"]["State"] == "CANCELLED"
