"""`penstock emulate`: AWS on this machine, for as long as it runs or for one command."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.errors import DONE, PenstockError, UsageError

if TYPE_CHECKING:
    from penstock.emulator.app import Emulator
    from penstock.emulator.state import StateDirectory

DEFAULT_PORT = 4510
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PASSED_ON = (*_STOPPING, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)


def emulate(
    command: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="-- COMMAND",
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
    proxy: Annotated[
        bool,
        typer.Option(
            "--proxy", help="Also answer https://*.amazonaws.com, for programs that take no endpoint URL."
        ),
    ] = False,
    enforce_policies: Annotated[
        bool,
        typer.Option(
            "--enforce-policies",
            help="Deny what the IAM policies of a step's role do not allow. Your own key may do everything.",
        ),
    ] = False,
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
    from penstock.emulator.state import StateDirectory

    directory = StateDirectory(state.absolute())
    if print_environment:
        return _print_environment(directory)
    if command is None:
        port = DEFAULT_PORT if port is None else port
        return _serve(_emulator(directory, port, proxy, enforce_policies), directory, enforce_policies)
    return _run(command, directory, port or 0, proxy, enforce_policies)


def _emulator(directory: "StateDirectory", port: int, proxy: bool, enforce_policies: bool) -> "Emulator":
    try:
        from penstock.emulator.app import Emulator
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("penstock", "scripts"):
            raise
        raise PenstockError(
            f"the emulator needs {error.name}, which is not installed",
            remedy="Install its libraries: pip install 'penstock[emulator]'",
        ) from None
    return Emulator(directory, port, proxy=proxy, enforce_policies=enforce_policies)


def _print_environment(directory: "StateDirectory") -> int:
    from penstock.emulator.endpoint import environment, occupancy

    serving = occupancy.serving(directory)
    if serving is None:
        raise PenstockError(
            "no emulator serves this state directory",
            where=str(directory.root),
            remedy="Start one with `penstock emulate`, or name another directory with --state.",
        )
    for line in _exports(environment.variables(directory, serving.endpoint_url) | serving.proxy):
        print(line)
    return DONE


def _run(
    command: list[str], directory: "StateDirectory", port: int, proxy: bool, enforce_policies: bool
) -> int:
    from penstock.emulator.endpoint import environment, occupancy

    runner = _Command(command)
    serving = occupancy.serving(directory)
    if serving is None:
        with _emulator(directory, port, proxy, enforce_policies) as emulator:
            code = runner.run(emulator.environment())
            if running := emulator.running_executions():
                _say(f"The emulator stops with its command, and so ends {', '.join(running)}.")
                _say("To let executions go on, keep one serving: `penstock emulate` in another terminal.")
            return code
    if proxy and not serving.proxy:
        raise PenstockError(
            f"the emulator that serves this state directory ({serving.endpoint_url}) has no proxy",
            where=str(directory.root),
            remedy="Stop it and start it with --proxy, or leave --proxy out.",
        )
    if enforce_policies and not serving.enforces_policies:
        raise PenstockError(
            f"the emulator that serves this state directory ({serving.endpoint_url}) enforces no policies",
            where=str(directory.root),
            remedy="Stop it and start it with --enforce-policies, or leave --enforce-policies out.",
        )
    return runner.run(environment.variables(directory, serving.endpoint_url) | serving.proxy)


def _serve(emulator: "Emulator", directory: "StateDirectory", enforce_policies: bool) -> int:
    stop, ask_to_stop = os.pipe()
    for number in _STOPPING:
        signal.signal(number, lambda *_: os.write(ask_to_stop, b"."))
    with emulator:
        root, credentials = directory.root, directory.credentials
        shown = {
            name: value
            for name, value in emulator.environment().items()
            if value not in (credentials.access_key_id, credentials.secret_access_key)
        }
        _say(f"AWS is served at {emulator.endpoint_url}, its state is kept in {root}. Ctrl-C stops it.")
        if enforce_policies:
            _say("IAM policies are enforced: a role may do what its policies allow, your own key everything.")
        _say("For another terminal, credentials included:")
        _say(f'  eval "$(penstock emulate --print-environment --state {shlex.quote(str(root))})"')
        _say("which sets, besides the credentials:")
        for line in _exports(shown, removed=()):
            _say(f"  {line}")
        os.read(stop, 1)
        if running := emulator.running_executions():
            _say(f"This ends {', '.join(running)}, until `penstock retry` goes on with it.")
        _say("stopping")
    return DONE


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
