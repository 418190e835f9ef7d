import base64
import hashlib
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from penstock.definition import compiled
from penstock.deployment import assets, environments
from penstock.deployment.assets import Upload
from penstock.deployment.aws import Aws
from penstock.errors import PenstockError


def upload_of(content: bytes, name: str = "x.py") -> Upload:
    sha256 = hashlib.sha256(content).hexdigest()
    return Upload(name, assets.asset_key("penstock", name, sha256), sha256, len(content), content)


def stored(account, upload):
    return account("s3").get_object(Bucket="things", Key=upload.key)["Body"].read()


def test_an_asset_lies_under_its_checksum(project, aws):
    manifest = compiled.load(project, "scoring").manifest
    upload = assets.of_manifest(project, manifest, aws.environment)[0]
    assert upload.key == f"penstock/assets/{upload.sha256}/prepare.py"
    assert assets.asset_uri(aws.environment, manifest, "jobs/prepare.py") == f"s3://things/{upload.key}"


def test_only_what_is_missing_is_published(account, aws, heard):
    first, second = upload_of(b"first"), upload_of(b"second")
    assets.publish(aws, first, heard)
    assert assets.missing(aws, [first, second]) == [second]
    assert stored(account, first) == b"first"
    assert heard.names == ["x.py"]


def test_a_damaged_object_is_published_again(account, aws, heard):
    upload = upload_of(b"right")
    account("s3").put_object(Bucket="things", Key=upload.key, Body=b"wrong", ChecksumAlgorithm="SHA256")
    assert assets.missing(aws, [upload]) == [upload]
    assets.publish(aws, upload, heard)
    assert stored(account, upload) == b"right"
    assert assets.missing(aws, [upload]) == []


def test_what_someone_else_published_meanwhile_is_left_alone(account, aws, heard):
    upload = upload_of(b"same")
    assets.publish(aws, upload, heard)
    before = account("s3").head_object(Bucket="things", Key=upload.key)["LastModified"]
    assets.publish(aws, upload, heard)
    assert account("s3").head_object(Bucket="things", Key=upload.key)["LastModified"] == before


def test_a_file_that_changed_since_it_was_compiled_is_not_published(project, account, aws, heard):
    upload = assets.of_manifest(project, compiled.load(project, "scoring").manifest, aws.environment)[0]
    (project.root / "jobs/prepare.py").write_text("print('changed')")
    with pytest.raises(PenstockError) as caught:
        assets.publish(aws, upload, heard)
    assert str(caught.value) == (
        "jobs/prepare.py: has changed since its pipeline was compiled\n"
        "Compile again and deploy what that gives."
    )
    assert assets.missing(aws, [upload]) == [upload]


def test_objects_are_encrypted_with_the_key_of_the_environment(project, account, heard):
    project.edit_environment("[tags]", 'kms_key = "arn:aws:kms:us-east-1:123456789012:key/k"\n[tags]')
    upload = upload_of(b"secret")
    assets.publish(Aws(environments.load(project, "local")), upload, heard)
    found = account("s3").head_object(Bucket="things", Key=upload.key)
    assert found["SSEKMSKeyId"] == "arn:aws:kms:us-east-1:123456789012:key/k"


KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd"


@pytest.mark.parametrize(
    ("setting", "again"),
    [
        (KEY, True),
        ("1234abcd", True),
        (f"{KEY}-other", True),
        ("arn:aws:kms:us-east-1:123456789012:alias/mine", True),
        (None, False),
    ],
)
def test_what_is_there_without_the_key_of_the_environment_is_published_again(
    project, account, aws, heard, setting, again
):
    upload = upload_of(b"secret")
    assets.publish(aws, upload, heard)
    if setting:
        project.edit_environment("[tags]", f'kms_key = "{setting}"\n[tags]')
    other = Aws(environments.load(project, "local"))
    assert bool(assets.missing(other, [upload])) == again
    # What a former deploy left is there only, as it is.
    assert assets.missing(other, [replace(upload, source=None)]) == []
    assets.publish(other, upload, heard)
    assert assets.missing(other, [upload]) == []
    found = account("s3").head_object(Bucket="things", Key=upload.key)
    assert found.get("SSEKMSKeyId") == setting


def test_what_another_key_encrypts_is_published_again(project, aws, heard):
    upload = upload_of(b"secret")
    project.edit_environment("[tags]", f'kms_key = "{KEY}"\n[tags]')
    assets.publish(Aws(environments.load(project, "local")), upload, heard)
    assert assets.missing(aws, [upload]) == []
    project.edit_environment(KEY, KEY.replace("1234abcd", "5678abcd"))
    assert assets.missing(Aws(environments.load(project, "local")), [upload]) == [upload]


def test_an_object_that_was_copied_in_parts_is_known_by_its_key_and_size(aws, heard):
    upload = upload_of(b"copied")
    assets.publish(aws, upload, heard)

    def as_s3_has_it(parsed, **_):  # moto leaves the number of the parts away
        parsed["ChecksumSHA256"] = f"{base64.b64encode(bytes(32)).decode()}-2"

    aws.s3.meta.events.register("after-call.s3.HeadObject", as_s3_has_it)
    assert assets.missing(aws, [upload]) == []


def test_what_someone_else_publishes_at_this_moment_is_published_all_the_same(account, aws, heard):
    upload, answers = upload_of(b"same"), []

    def another_is_at_it(**_):
        answers.append(409)
        if len(answers) == 1:
            said = {"Error": {"Code": "ConditionalRequestConflict", "Message": "at the same time"}}
            raise ClientError(said, "PutObject")

    aws.s3.meta.events.register("before-call.s3.PutObject", another_is_at_it)
    assets.publish(aws, upload, heard)
    assert (stored(account, upload), answers) == (b"same", [409, 409])


def test_a_file_that_is_gone_since_it_was_planned_is_not_published(project, aws, heard):
    upload = assets.of_manifest(project, compiled.load(project, "scoring").manifest, aws.environment)[0]
    (project.root / "jobs/prepare.py").unlink()
    with pytest.raises(PenstockError) as caught:
        assets.publish(aws, upload, heard)
    assert str(caught.value) == (
        "jobs/prepare.py: has changed since its pipeline was compiled\n"
        "Compile again and deploy what that gives."
    )
