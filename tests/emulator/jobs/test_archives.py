import contextlib
import gzip
import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.emulator.jobs.archives import UnsafeArchive, extract, pack


def write(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, target
    return made


def refusal(archive: Path, folder: Path, **limits: int) -> str:
    with pytest.raises(UnsafeArchive) as raised:
        extract(archive, folder, **limits)
    return str(raised.value)


def test_what_is_packed_comes_out_the_same_and_the_same_bytes_are_packed_twice(tmp_path):
    folder = tmp_path / "model"
    (folder / "code").mkdir(parents=True)
    (folder / "code" / "run.sh").write_text("#!/bin/sh\n")
    (folder / "code" / "run.sh").chmod(0o755)
    (folder / ("n" * 150)).write_bytes(b"\0" * 100_000)
    pack(folder, tmp_path / "one.tar.gz")
    pack(folder, tmp_path / "two.tar.gz")
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()
    extract(tmp_path / "one.tar.gz", tmp_path / "out")
    assert (tmp_path / "out" / "code" / "run.sh").read_text() == "#!/bin/sh\n"
    assert (tmp_path / "out" / "code" / "run.sh").stat().st_mode & 0o111
    assert (tmp_path / "out" / ("n" * 150)).stat().st_size == 100_000


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x"])
def test_a_path_that_leads_out_is_refused(tmp_path, name):
    archive = write(tmp_path / "a.tar.gz", (member(name), b"x"))
    assert refusal(archive, tmp_path / "out") == f"holds a member that leads out of its folder: {name!r}"
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE], ids="slcf"
)
def test_links_and_devices_are_refused(tmp_path, kind):
    archive = write(tmp_path / "a.tar.gz", (member("it", kind, "/etc/passwd"), b""))
    assert refusal(archive, tmp_path / "out") == "holds something other than files and folders: 'it'"


def test_bombs_are_refused_by_size_and_by_count(tmp_path):
    archive = write(tmp_path / "a.tar.gz", *((member(str(number)), b"\0" * 1000) for number in range(20)))
    assert refusal(archive, tmp_path / "1", most_bytes=10_000) == "holds more than 10000 bytes"
    assert refusal(archive, tmp_path / "2", most_members=10) == "holds more than 10 members"


def test_a_header_of_unreasonable_size_is_refused(tmp_path):
    long = member("x")
    long.pax_headers = {"comment": "c" * (20 << 20)}
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(long, io.BytesIO(b""))
    assert refusal(tmp_path / "a.tar.gz", tmp_path / "out") == "holds a header of unreasonable size"


def test_what_is_no_archive_is_refused(tmp_path):
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(b"PK not a tar")
    assert refusal(archive, tmp_path / "out").startswith("is not a complete .tar.gz archive")
    whole = write(tmp_path / "b.tar.gz", (member("x"), b"\1\2\3" * 100_000)).read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    assert refusal(archive, tmp_path / "out").startswith("is not a complete .tar.gz archive")


@pytest.mark.parametrize("second", [member("a/b"), member("a", tarfile.DIRTYPE)], ids=["file", "folder"])
def test_a_file_where_a_folder_must_be_is_refused(tmp_path, second):
    archive = write(tmp_path / "a.tar.gz", (member("a"), b"x"), (second, b""))
    assert refusal(archive, tmp_path / "out") == f"holds a file and a folder of one name: {second.name!r}"


def test_a_name_that_no_file_system_takes_is_refused(tmp_path):
    archive = write(tmp_path / "a.tar.gz", (member("n" * 300), b"x"))
    assert refusal(archive, tmp_path / "out") == f"holds a name that is too long: {'n' * 80!r}..."


@given(st.lists(st.tuples(st.text(max_size=20), st.sampled_from([b"0", b"1", b"2", b"5", b"6"])), max_size=5))
def test_no_archive_writes_outside_its_folder(tmp_path_factory, members):
    root = tmp_path_factory.mktemp("archive")
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", encoding="utf-8", errors="surrogateescape") as tar:
        for name, kind in members:
            try:
                tar.addfile(member(f"../{name}" if len(name) % 3 else name, kind, "../../up"))
            except (ValueError, UnicodeError):
                continue
    (root / "a.tar.gz").write_bytes(gzip.compress(data.getvalue()))
    with contextlib.suppress(UnsafeArchive):
        extract(root / "a.tar.gz", root / "out")
    assert {entry.name for entry in root.iterdir()} <= {"a.tar.gz", "out"}
    assert not any(entry.is_symlink() for entry in (root / "out").rglob("*"))
