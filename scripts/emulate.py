"""`penstock emulate`: AWS on this machine, for as long as it runs or for one command."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from penstock.errors import DONE, PenstockError, UsageError

DEFAULT_PORT = 4510
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PASSED_ON = (*_STOPPING, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)


def emulate(
    command: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[-- COMMAND ...]",
            help="Run this with the AWS variables set, then stop.",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help=f"The port on 127.0.0.1 (default {DEFAULT_PORT}; for COMMAND a free one)."
        ),
    ] = None,
    state: Annotated[
        Path, typer.Option(file_okay=False, help="The directory that keeps everything between runs.")
    ] = Path(".penstock"),
    print_environment: Annotated[
        bool,
        typer.Option(
            "--print-environment",
            help="Print `export` lines, secret key included, for the emulator that serves already.",
        ),
    ] = False,
) -> int:
    """Serve AWS on this machine: no account, no Docker.

    Without COMMAND it serves until Ctrl-C. With COMMAND it uses the emulator that already serves the state
    directory, or one of its own, and exits with the command's exit code.
    """
    from penstock.emulator.endpoint import environment, occupancy
    from penstock.emulator.state import StateDirectory

    directory = StateDirectory(state.absolute())
    if command is None and not print_environment:
        return _serve(directory.root, DEFAULT_PORT if port is None else port)
    serving = occupancy.serving(directory)
    if print_environment:
        if serving is None:
            raise PenstockError(
                "no emulator serves this state directory",
                where=str(directory.root),
                remedy="Start one with `penstock emulate`, or name another directory with --state.",
            )
        for line in _exports(environment.variables(directory, serving.endpoint_url)):
            print(line)
        return DONE
    assert command is not None, "one of the two was asked for"
    if serving is not None:
        return _Command(command).run(environment.variables(directory, serving.endpoint_url))
    return _run_with_own(directory.root, command, port or 0)


def _serve(root: Path, port: int) -> int:
    from penstock.emulator.app import Emulator
    from penstock.emulator.state import StateDirectory

    stop, ask_to_stop = os.pipe()
    for number in _STOPPING:
        signal.signal(number, lambda *_: os.write(ask_to_stop, b"."))
    with Emulator(StateDirectory(root), port) as emulator:
        shown = {"AWS_ENDPOINT_URL": emulator.endpoint_url, "AWS_DEFAULT_REGION": StateDirectory(root).region}
        _say(f"AWS is served at {emulator.endpoint_url}, its state is kept in {root}. Ctrl-C stops it.")
        _say("For another terminal, credentials included:")
        _say(f'  eval "$(penstock emulate --print-environment --state {shlex.quote(str(root))})"')
        _say("which sets, besides the credentials:")
        for line in _exports(shown, removed=()):
            _say(f"  {line}")
        os.read(stop, 1)
        _say("stopping")
    return DONE


def _run_with_own(root: Path, command: list[str], port: int) -> int:
    from penstock.emulator.app import Emulator
    from penstock.emulator.state import StateDirectory

    runner = _Command(command)
    with Emulator(StateDirectory(root), port) as emulator:
        return runner.run(emulator.environment())


class _Command:
    """A command that receives the signals that this process receives, also those of before its start."""

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._process: subprocess.Popen[bytes] | None = None
        self._early: int | None = None
        for number in _PASSED_ON:
            signal.signal(number, self._pass_on)

    def run(self, variables: Mapping[str, str]) -> int:
        """Its exit code; 128 + n when signal n ended it. Raises UsageError when it cannot be started."""
        from penstock.emulator.endpoint.environment import for_command

        if self._early is not None:
            return 128 + self._early
        try:
            self._process = subprocess.Popen(self._words, env=for_command(os.environ, variables))
        except OSError as error:
            raise UsageError(
                f"cannot be run: {error.strerror}",
                where=self._words[0],
                remedy="Check its name, its permissions and PATH.",
            ) from None
        code = self._process.wait()
        return code if code >= 0 else 128 - code

    def _pass_on(self, number: int, _: FrameType | None) -> None:
        if self._process is None:
            self._early = number
        elif not (number in (signal.SIGINT, signal.SIGQUIT) and _is_terminals_foreground()):
            self._process.send_signal(number)


def _is_terminals_foreground() -> bool:
    """Whether a key pressed at the terminal reaches the command too, being in the same process group."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


def _exports(variables: Mapping[str, str], removed: tuple[str, ...] | None = None) -> list[str]:
    from penstock.emulator.endpoint.environment import REMOVED

    names = REMOVED if removed is None else removed
    lines = [f"unset {' '.join(names)}"] if names else []
    return lines + [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    from scripts.cli import main

    sys.exit(main(["emulate", *sys.argv[1:]]))
