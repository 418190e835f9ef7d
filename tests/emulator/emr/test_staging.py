"""Staging against the S3 of a running emulator."""

import pytest

from penstock.emulator.emr.failures import StepFailed
from penstock.emulator.emr.staging import Staging, uris_in


@pytest.fixture
def staging(bench, tmp_path):
    made = Staging(bench.s3, tmp_path / "s3")
    made.prepare([bucket["Name"] for bucket in bench.s3.list_buckets()["Buckets"]])
    return made


def files(staging, bucket):
    folder = staging.root / bucket
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_uris_are_found_in_any_text():
    texts = ["--in=s3://b/x,s3a://c/y", '{"a": "s3://b/z"}', "see s3://b/x.", "https://s3.x", "s3://b/x"]
    assert uris_in(texts) == ["s3://b/x", "s3a://c/y", "s3://b/z"]


def test_what_a_uri_names_is_staged_and_nothing_beside_it(bench, staging):
    for key in ("in/a.csv", "in/deep/b.csv", "in-2/c.csv", "glob/x1.csv", "glob/x2.csv", "glob/y.csv"):
        bench.put(key, key)
    bench.put("in/folder/", "")
    staging.stage([bench.uri("in"), bench.uri("glob/x*.csv")])
    assert files(staging, bench.bucket) == ["glob/x1.csv", "glob/x2.csv", "in/a.csv", "in/deep/b.csv"]


def test_literals_of_code_are_staged_and_may_name_buckets_that_are_not_there(bench, staging):
    bench.put("data/rows.csv", "1")
    script = bench.put("job.py", f'read("s3a://{bench.bucket}/data")  # as s3://no-such-bucket-at-all/x')
    staging.stage([script])
    assert files(staging, bench.bucket) == ["data/rows.csv", "job.py"]


def test_only_what_is_new_changed_or_removed_is_written_back(bench, staging):
    for key in ("out/kept", "out/changed", "out/removed"):
        bench.put(key, "old")
    bench.put("other", "never staged")
    kept = bench.s3.head_object(Bucket=bench.bucket, Key="out/kept")["LastModified"]
    staging.stage([bench.uri("out/")])
    folder = staging.root / bench.bucket / "out"
    (folder / "changed").write_text("changed")
    (folder / "removed").unlink()
    (folder / "new").mkdir()
    (folder / "new" / "part").write_text("new")
    (folder / "_temporary").mkdir()
    (folder / "_temporary" / "half").write_text("half")
    staging.write_back()
    assert bench.keys() == ["other", "out/changed", "out/kept", "out/new/part"]
    assert (bench.get("out/changed"), bench.get("out/new/part")) == (b"changed", b"new")
    assert bench.s3.head_object(Bucket=bench.bucket, Key="out/kept")["LastModified"] == kept


def test_a_key_that_is_a_folder_too_is_refused(bench, staging):
    bench.put("x", "object")
    bench.put("x/y", "below it")
    with pytest.raises(StepFailed) as refused:
        staging.stage([bench.uri("x")])
    assert refused.value.message == (
        f"s3://{bench.bucket}/x/y cannot be a file here: S3 has an object with the name of its folder,"
        " or others below it. Name a prefix that holds only one of them."
    )
