"""How real a job, or a step without a job, was: as tags, the only place in AWS's wire data that has room.

ListTags shows them beside the tags that people gave. They cannot be changed, and hold commas and brackets,
which AWS refuses in a tag that is given. A client that finds none of them talked to AWS. This module writes
words; it knows no operation.
"""

from typing import Any

RAN_BY = "penstock:ran-by"
ISOLATION = "penstock:isolation"

# For an execution: what its steps that run no job of SageMaker's are, by the key of a step's Metadata. They
# read as a stand-in's do (standins/registry.py): a name, which of three kinds it is, and what differs.
_STEPS = {
    "": "Emulator: answered by the emulator: records, checks and failure texts as AWS's",
    "Lambda": "Lambda: run by the same library as in the cloud: the handler in a process of its own, on AWS's"
    " runtime client; the memory setting limits nothing",
    "EMR": "EMR: run by the same library as in the cloud: Apache Spark, in local mode and on no cluster",
    "Callback": "Emulator: answered by the emulator: a real message in a queue that SQS's clients read",
    "Endpoint": "Emulator: run by a stand-in: one model server on this machine, however many were asked for",
}

_LONGEST = 256  # characters of a tag's value

Tags = list[dict[str, str]]


def of_job(document: dict[str, Any]) -> Tags:
    """Empty until a stand-in was chosen for the job."""
    ran_by = document.get("_RanBy")
    if ran_by is None:
        return []
    return [*_tags(RAN_BY, f"{ran_by['StandIn']}: {ran_by['Is']}"), *_tags(ISOLATION, ran_by["Isolation"])]


def of_execution() -> Tags:
    return [
        tag for kind, words in _STEPS.items() for tag in _tags(f"{RAN_BY}/{kind}" if kind else RAN_BY, words)
    ]


def _tags(key: str, words: str) -> Tags:
    """What is too long for one value goes on in key/2, key/3 and so on."""
    parts = [words[start : start + _LONGEST] for start in range(0, len(words), _LONGEST)]
    return [
        {"Key": key if number == 1 else f"{key}/{number}", "Value": part}
        for number, part in enumerate(parts, start=1)
    ]
