import errno
import os

import pytest

from penstock.emulator.jobs.failures import algorithm_error, client_error, reason_of


def test_an_algorithm_error_keeps_the_end_of_what_was_said():
    reason = reason_of(algorithm_error("x" * 2000 + " the end", 3))
    assert len(reason) == 1024
    assert reason.startswith("AlgorithmError: ...x")
    assert reason.endswith(" the end, exit code: 3")
    assert reason_of(algorithm_error("", 1)) == "AlgorithmError: , exit code: 1"


def test_a_full_disk_says_so():
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data/x")
    assert reason_of(error) == (
        "ClientError: No space left on device: /data/x. "
        "Free some space on the emulator's disk and start the job again."
    )


def test_a_bug_says_where():
    with pytest.raises(ZeroDivisionError) as raised:
        _ = 1 / 0
    assert reason_of(raised.value).startswith(
        "InternalServerError: a bug in Penstock's job runner: ZeroDivisionError: division by zero (test_a_bug"
    )


def test_reasons_are_no_longer_than_the_api_allows():
    assert len(reason_of(client_error("x" * 3000))) == 1024
