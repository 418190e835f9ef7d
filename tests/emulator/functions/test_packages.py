"""Zip files that are not to be trusted."""

import io
import zipfile

import pytest

from penstock.emulator.functions.packages import UnsafePackage, extract


def zip_with(*members):
    """Members are (name or ZipInfo, content)."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members:
            archive.writestr(member, content)
    return packed.getvalue()


def link(name):
    member = zipfile.ZipInfo(name)
    member.external_attr = 0o120777 << 16
    return member


def encrypted():
    data = bytearray(zip_with(("a", b"x")))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    return bytes(data)


def lying():
    """A member that says it is small and is not."""
    data = zip_with(("a", b"x" * 1_000_000))
    return data.replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))


def test_files_and_folders_come_out_as_they_went_in(tmp_path):
    program = zipfile.ZipInfo("bin/run")
    program.external_attr = 0o100755 << 16
    extract(zip_with(("a/b.py", b"x = 1"), ("empty/", b""), (program, b"#!")), tmp_path / "out")
    assert (tmp_path / "out/a/b.py").read_bytes() == b"x = 1"
    assert (tmp_path / "out/empty").is_dir()
    assert (tmp_path / "out/bin/run").stat().st_mode & 0o777 == 0o755


# The ids are given, for a zip file holds the time at which it was made: workers would collect other tests.
@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(
            zip_with(("../a", b"")),
            "holds a member that leads out of its folder: '../a'",
            id="a parent folder",
        ),
        pytest.param(
            zip_with(("/a", b"")), "holds a member that leads out of its folder: '/a'", id="an absolute path"
        ),
        pytest.param(
            zip_with(("a\\..\\b", b"")),
            "holds a member that leads out of its folder: 'a\\\\..\\\\b'",
            id="a backslash",
        ),
        pytest.param(
            zip_with((link("a"), b"/etc/passwd")),
            "holds something other than files and folders: 'a'",
            id="a link",
        ),
        pytest.param(
            zip_with(("a", b""), ("a/b", b"")),
            "holds a file and a folder of one name: 'a/b'",
            id="a file that is a folder",
        ),
        pytest.param(zip_with(("a", b"x" * 1001)), "holds more than 1000 bytes", id="too large"),
        pytest.param(
            zip_with(*((str(number), b"") for number in range(11))),
            "holds more than 10 members",
            id="too many members",
        ),
        pytest.param(encrypted(), "holds an encrypted member: 'a'", id="encrypted"),
        pytest.param(
            lying(), "is no zip file that can be read (Bad CRC-32 for file 'a')", id="a lie about its content"
        ),
        pytest.param(
            b"nothing like it", "is no zip file that can be read (File is not a zip file)", id="no zip file"
        ),
    ],
)
def test_what_is_not_extracted(tmp_path, content, why):
    with pytest.raises(UnsafePackage) as caught:
        extract(content, tmp_path / "out", most_bytes=1000, most_members=10)
    assert str(caught.value) == why
    assert not list(tmp_path.rglob("passwd"))
