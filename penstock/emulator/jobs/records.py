"""The payloads of a transform job: an object cut at line ends, in pieces that fit a limit.

It knows bytes; not where they come from, nor what they mean.
"""

from collections.abc import Iterator
from io import BufferedIOBase


class TooLarge(Exception):
    """A record, or an object that is not split, does not fit into a payload of `limit` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a record is larger than the payload limit of {limit} bytes (MaxPayloadInMB)")


def payloads(
    source: BufferedIOBase, *, split: bool, single_record: bool, limit: int | None
) -> Iterator[bytes]:
    """The payloads of a stream; `limit` in bytes, None for none. Raises TooLarge.

    Not split, the whole is one payload. Split, a payload holds as many lines as fit, or one line; blank
    lines are no records (what AWS does with them is unknown).
    """
    if not split:
        return _whole(source, limit)
    if single_record:
        return _lines(source, limit)
    return _runs(source, limit) if limit is not None else _whole(source, None)


def records(payload: bytes) -> list[bytes]:
    """The lines of a payload or a response, without their ends and without blank ones."""
    return [line.rstrip(b"\r") for line in payload.split(b"\n") if line.strip()]


def _whole(source: BufferedIOBase, limit: int | None) -> Iterator[bytes]:
    whole = source.read(-1 if limit is None else limit + 1)
    if limit is not None and len(whole) > limit:
        raise TooLarge(limit)
    if whole:
        yield whole


def _lines(source: BufferedIOBase, limit: int | None) -> Iterator[bytes]:
    while line := source.readline(-1 if limit is None else limit + 1):
        if limit is not None and len(line) > limit:
            raise TooLarge(limit)
        if line.strip():
            yield line


def _runs(source: BufferedIOBase, limit: int) -> Iterator[bytes]:
    """Runs of whole lines, each as long as fits."""
    rest = b""
    while True:
        block = rest + source.read(limit - len(rest))
        last = len(block) < limit
        end = len(block) if last else block.rfind(b"\n") + 1
        if end == 0 and not last:
            raise TooLarge(limit)
        run = _without_blank_lines(block[:end])
        if run:
            yield run
        if last:
            return
        rest = block[end:]


def _without_blank_lines(run: bytes) -> bytes:
    if b"\n\n" not in run and b"\n\r\n" not in run and not run.startswith((b"\n", b"\r\n")):
        return run
    return b"".join(line + b"\n" for line in records(run))
