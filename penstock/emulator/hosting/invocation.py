"""What goes into an endpoint and what comes out: InvokeEndpoint without its wire format."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Invocation:
    """Members of InvokeEndpoint's request; text is empty where the caller gave none."""

    body: bytes
    content_type: str = ""
    accept: str = ""
    custom_attributes: str = ""
    inference_id: str = ""
    target_variant: str = ""
    target_container: str = ""


@dataclass(frozen=True)
class Inference:
    body: bytes
    content_type: str
    custom_attributes: str
    variant: str


class ModelFailed(Exception):
    """A container answered with an error, or not at all (`status` 0). `said` is its answer; None when it
    could not be taken as a whole. Its text is AWS's, up to where the log is."""

    def __init__(self, container: str, status: int, said: str | None) -> None:
        whose = "client" if 400 <= status < 500 else "server"
        told = "and could not load the entire response body" if said is None else f'with message "{said}"'
        super().__init__(f"Received {whose} error ({status}) from {container} {told}.")
        self.status = status
        self.said = said or ""
