"""What becomes of what a function prints: lines for CloudWatch Logs, and the tail that Invoke may return.

Both are bounded for each invocation, whatever a function prints.
"""

from collections.abc import Callable

# Invoke's LogResult holds the last 4 KB of the log (Lambda's API, Invoke, LogType).
TAIL = 4096
# What one invocation may put into the log; the emulator keeps its logs in memory.
MOST_LOGGED = 1 << 20
_LONGEST_LINE = 250_000


class Output:
    """`write(line)` gets each line, without its end."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._tail = bytearray()
        self._line = bytearray()
        self._logged = 0
        self._left_out = 0

    def feed(self, data: bytes) -> None:
        """Take what was printed, in pieces of any size."""
        self._keep(data)
        self._line += data
        *lines, rest = self._line.split(b"\n")
        for line in lines:
            self._log(line)
        while len(rest) >= _LONGEST_LINE:
            self._log(rest[:_LONGEST_LINE])
            rest = rest[_LONGEST_LINE:]
        self._line = bytearray(rest)

    def say(self, line: str) -> None:
        """Add a line of the platform's own; what the function printed last ends its line before it."""
        self.flush()
        self._keep(line.encode() + b"\n")
        self._write(line)

    def flush(self) -> None:
        if self._line:
            self._keep(b"\n")
            self._log(self._line)
            self._line = bytearray()
        if self._left_out:
            self._write(
                f"The emulator logs {MOST_LOGGED} bytes of an invocation; {self._left_out} more were printed."
            )
            self._left_out = 0

    @property
    def tail(self) -> bytes:
        return bytes(self._tail)

    def _keep(self, data: bytes) -> None:
        self._tail += data[-TAIL:]
        del self._tail[:-TAIL]

    def _log(self, line: bytes | bytearray) -> None:
        if self._left_out or self._logged + len(line) > MOST_LOGGED:
            self._left_out += len(line) + 1
            return
        self._logged += len(line)
        # awslambdaric writes a text of several lines, which is one event, with carriage returns.
        self._write(line.decode("utf-8", "replace").rstrip("\r").replace("\r", "\n"))
