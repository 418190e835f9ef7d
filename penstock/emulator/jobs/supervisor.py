"""The program around every container's command: it dies with the emulator, and takes the command along.

    python -I -S supervisor.py [--ml DIRECTORY] COMMAND ARGUMENT...

Its standard input is a pipe from the emulator: `T` asks the command's process group to end (SIGTERM), the
pipe's end kills it (SIGKILL); so an emulator that is killed leaves nothing behind. When the command has
ended, whatever it started ends too, as in a container whose first process is gone. The exit code is the
command's, 128 + n after signal n, 127 when there is no such command, as Docker has them.

With --ml the command sees DIRECTORY as /opt/ml, by mount namespaces of Linux. It is a program of its own:
standard library only, nothing of Penstock.
"""

import contextlib
import ctypes
import os
import signal
import sys
import threading
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_BIND, MS_REC, MS_SLAVE = 0x1000, 0x4000, 0x80000


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--ml"]:
        mount_ml(Path(arguments[1]))
        arguments = arguments[2:]
    if sys.platform == "linux":
        # Processes that leave the group still become our children when their parent is gone.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        command = os.posix_spawnp(
            arguments[0],
            arguments,
            os.environ,
            file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
            setpgroup=0,
        )
    except OSError as error:
        print(f"{arguments[0]}: {error.strerror}", file=sys.stderr, flush=True)
        return 126 if isinstance(error, PermissionError) else 127
    threading.Thread(target=obey, args=(command,), daemon=True).start()
    _, status = os.waitpid(command, 0)
    kill_group(command, signal.SIGKILL)
    kill_orphans()
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def obey(group: int) -> None:
    while order := os.read(0, 1):
        if order == b"T":
            kill_group(group, signal.SIGTERM)
    kill_group(group, signal.SIGKILL)


def kill_group(group: int, number: int) -> None:
    # The group may be gone; macOS says so by a refusal when only zombies are left.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def kill_orphans() -> None:
    """Kill what the command left running, until nothing comes to us any more (Linux)."""
    listing = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    while True:
        try:
            orphans = [int(process) for process in listing.read_text().split()]
        except OSError:
            return
        if not orphans:
            return
        for process in orphans:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


def mount_ml(ml: Path) -> None:
    """Give this process its own /opt, with the old one's entries and `ml` as /opt/ml. Raises OSError."""
    user, group = os.getuid(), os.getgid()
    try:
        call("unshare", CLONE_NEWNS)
    except PermissionError:
        call("unshare", CLONE_NEWNS | CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    mount("none", Path("/"), MS_REC | MS_SLAVE)
    opt = Path("/opt")
    # Entries of /opt may hold Python itself (it does on hosted build machines): they stay. What lies
    # below the new mount is reached through a second one.
    kept = ml.parent / "opt"
    kept.mkdir(exist_ok=True)
    mount(str(opt), kept, MS_BIND | MS_REC)
    mount("tmpfs", opt, 0, b"tmpfs")
    for entry in kept.iterdir():
        if entry.name == "ml":
            continue
        place = opt / entry.name
        if entry.is_symlink():
            place.symlink_to(entry.readlink())
            continue
        if entry.is_dir():
            place.mkdir()
        else:
            place.touch()
        mount(str(entry), place, MS_BIND | MS_REC)
    (opt / "ml").mkdir()
    mount(str(ml), opt / "ml", MS_BIND | MS_REC)


def mount(source: str, target: Path, flags: int, kind: bytes | None = None) -> None:
    call("mount", source.encode(), str(target).encode(), kind, ctypes.c_ulong(flags), None)


def call(name: str, *arguments: object) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
