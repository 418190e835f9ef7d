"""S3 over the wire, with boto3 as it is."""

import base64
import hashlib
import http.client
import os
import zlib
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

MIB = 1024 * 1024


@pytest.fixture
def s3(client):
    return client("s3")


def arguments_of(emulator):
    """For boto3.client, where a test wants a configuration of its own."""
    return {
        "endpoint_url": emulator.endpoint_url,
        "region_name": emulator.state.region,
        "aws_access_key_id": emulator.state.credentials.access_key_id,
        "aws_secret_access_key": emulator.state.credentials.secret_access_key,
    }


def refusal(call, **arguments):
    """The HTTP status, code and message of a request that must be refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return (
        response["ResponseMetadata"]["HTTPStatusCode"],
        response["Error"]["Code"],
        response["Error"].get("Message"),
    )


def keys_of(page):
    return [entry["Key"] for entry in page.get("Contents", [])]


def test_an_object_comes_back_with_all_that_was_said_of_it(s3, bucket):
    content = b"a,b\n1,2\n"
    s3.put_object(
        Bucket=bucket,
        Key="data.csv",
        Body=content,
        ContentType="text/csv",
        CacheControl="no-store",
        ContentDisposition="attachment",
        ContentEncoding="identity",
        Metadata={"under_score": "one", "dash-ed": "two", "MiXed": "three"},
        Tagging="team=data&empty=",
    )
    got = s3.get_object(Bucket=bucket, Key="data.csv", ChecksumMode="ENABLED")
    assert got["Body"].read() == content
    assert got["ContentType"] == "text/csv"
    assert (got["CacheControl"], got["ContentDisposition"], got["ContentEncoding"]) == (
        "no-store",
        "attachment",
        "identity",
    )
    assert got["Metadata"] == {"under_score": "one", "dash-ed": "two", "mixed": "three"}
    assert got["ETag"] == f'"{hashlib.md5(content).hexdigest()}"'
    assert got["ServerSideEncryption"] == "AES256"
    assert got["TagCount"] == 2
    crc = base64.b64encode(zlib.crc32(content).to_bytes(4, "big")).decode()
    assert (got["ChecksumCRC32"], got["ChecksumType"]) == (crc, "FULL_OBJECT")


@pytest.mark.parametrize(
    "key",
    [
        "plain.txt", "with space.txt", "plus+sign", "percent%2Fencoded", "percent%", "a//b", "/leading",
        "trailing/", "ünïcödé/日本語", "emoji-😀", "q?u=e&r#y", "dots/../kept", "./dot", "semi;colon,comma",
        "quote'\"<>&", "tilde~star*(paren)!", "back\\slash", "a=b", "@:$", "new\nline",
    ],
)  # fmt: skip
def test_every_key_is_kept_as_it_is(s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert keys_of(s3.list_objects_v2(Bucket=bucket)) == [key]
    assert keys_of(s3.list_objects(Bucket=bucket, Prefix=key)) == [key]
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": key})
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == key.encode()
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}, {"Key": "copy"}]})
    assert keys_of(s3.list_objects_v2(Bucket=bucket)) == []


def test_an_empty_object_is_an_object(s3, bucket):
    s3.put_object(Bucket=bucket, Key="empty", Body=b"")
    got = s3.get_object(Bucket=bucket, Key="empty")
    assert (got["Body"].read(), got["ContentLength"]) == (b"", 0)


@pytest.mark.parametrize(
    ("wanted", "content", "content_range"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
        ("lines=1-2", b"0123456789", None),
    ],
)
def test_a_range_is_a_part_of_the_object(s3, bucket, wanted, content, content_range):
    s3.put_object(Bucket=bucket, Key="digits", Body=b"0123456789")
    got = s3.get_object(Bucket=bucket, Key="digits", Range=wanted)
    assert got["Body"].read() == content
    assert got.get("ContentRange") == content_range
    assert s3.head_object(Bucket=bucket, Key="digits", Range=wanted)["ContentLength"] == len(content)


def test_a_range_behind_the_end_is_refused(s3, bucket):
    s3.put_object(Bucket=bucket, Key="digits", Body=b"0123456789")
    assert refusal(s3.get_object, Bucket=bucket, Key="digits", Range="bytes=10-") == (
        416,
        "InvalidRange",
        "The requested range is not satisfiable",
    )


def test_headers_of_the_answer_can_be_chosen_by_the_reader(s3, bucket):
    s3.put_object(Bucket=bucket, Key="page", Body=b"x")
    got = s3.get_object(
        Bucket=bucket, Key="page", ResponseContentType="text/html", ResponseCacheControl="private"
    )
    assert (got["ContentType"], got["CacheControl"]) == ("text/html", "private")


def test_what_is_not_there_is_said_in_s3s_words(s3, bucket):
    missing = "penstock-no-such-bucket"
    no_bucket = (404, "NoSuchBucket", "The specified bucket does not exist")
    assert refusal(s3.get_object, Bucket=bucket, Key="gone") == (
        404,
        "NoSuchKey",
        "The specified key does not exist.",
    )
    assert refusal(s3.head_object, Bucket=bucket, Key="gone") == (404, "404", "Not Found")
    assert refusal(s3.head_bucket, Bucket=missing) == (404, "404", "Not Found")
    assert refusal(s3.get_object, Bucket=missing, Key="x") == no_bucket
    assert refusal(s3.put_object, Bucket=missing, Key="x", Body=b"x") == no_bucket
    assert refusal(s3.list_objects_v2, Bucket=missing) == no_bucket
    assert refusal(s3.get_object, Bucket=bucket, Key="gone", VersionId="abc")[:2] == (404, "NoSuchVersion")
    assert s3.delete_object(Bucket=bucket, Key="gone")["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_another_accounts_bucket_is_refused(s3, bucket):
    assert refusal(s3.list_objects_v2, Bucket=bucket, ExpectedBucketOwner="111111111111") == (
        403,
        "AccessDenied",
        "Access Denied",
    )


def test_a_wrong_checksum_keeps_nothing(s3, bucket):
    wrong = base64.b64encode(b"\0\0\0\0").decode()
    assert refusal(s3.put_object, Bucket=bucket, Key="x", Body=b"x", ChecksumCRC32=wrong) == (
        400,
        "BadDigest",
        "The CRC32 you specified did not match the calculated checksum.",
    )
    assert refusal(
        s3.put_object, Bucket=bucket, Key="x", Body=b"x", ContentMD5=base64.b64encode(bytes(16)).decode()
    ) == (400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
    assert keys_of(s3.list_objects_v2(Bucket=bucket)) == []


def test_a_put_can_demand_that_nothing_is_there(s3, bucket):
    s3.put_object(Bucket=bucket, Key="once", Body=b"first", IfNoneMatch="*")
    assert refusal(s3.put_object, Bucket=bucket, Key="once", Body=b"second", IfNoneMatch="*") == (
        412,
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
    )
    assert s3.get_object(Bucket=bucket, Key="once")["Body"].read() == b"first"


def test_of_many_that_put_at_once_one_wins(s3, bucket):
    def put(number):
        try:
            s3.put_object(Bucket=bucket, Key="lock", Body=str(number).encode(), IfNoneMatch="*")
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "won"

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(put, range(16)))
    assert sorted(results) == ["PreconditionFailed"] * 15 + ["won"]


def test_a_put_can_demand_a_certain_version(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="doc", Body=b"1")["ETag"]
    s3.put_object(Bucket=bucket, Key="doc", Body=b"2", IfMatch=etag)
    assert refusal(s3.put_object, Bucket=bucket, Key="doc", Body=b"3", IfMatch=etag)[:2] == (
        412,
        "PreconditionFailed",
    )
    assert refusal(s3.put_object, Bucket=bucket, Key="none", Body=b"3", IfMatch=etag)[:2] == (
        404,
        "NoSuchKey",
    )


def test_a_read_can_demand_a_change(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="doc", Body=b"1")["ETag"]
    modified = s3.head_object(Bucket=bucket, Key="doc")["LastModified"]
    assert refusal(s3.get_object, Bucket=bucket, Key="doc", IfNoneMatch=etag)[0] == 304
    assert refusal(s3.get_object, Bucket=bucket, Key="doc", IfModifiedSince=modified)[0] == 304
    assert refusal(s3.get_object, Bucket=bucket, Key="doc", IfMatch='"other"')[0] == 412
    assert s3.get_object(Bucket=bucket, Key="doc", IfMatch=etag)["Body"].read() == b"1"
    assert s3.get_object(Bucket=bucket, Key="doc", IfUnmodifiedSince=modified)["Body"].read() == b"1"


def test_lists_come_in_pages(s3, bucket):
    keys = sorted(f"{folder}/{number:02}" for folder in "abc" for number in range(7))
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    for name in ("list_objects", "list_objects_v2"):
        pages = list(s3.get_paginator(name).paginate(Bucket=bucket, PaginationConfig={"PageSize": 4}))
        assert [key for page in pages for key in keys_of(page)] == keys
        assert len(pages) == 6
    assert keys_of(s3.list_objects_v2(Bucket=bucket, Prefix="b/", StartAfter="b/04")) == ["b/05", "b/06"]
    assert s3.list_objects_v2(Bucket=bucket, MaxKeys=0)["KeyCount"] == 0


def test_a_delimiter_makes_folders(s3, bucket):
    for key in ("a/1", "a/2", "a/b/3", "a.txt", "c/4", "d", "a/"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    page = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert keys_of(page) == ["a.txt", "d"]
    assert [entry["Prefix"] for entry in page["CommonPrefixes"]] == ["a/", "c/"]
    page = s3.list_objects_v2(Bucket=bucket, Delimiter="/", Prefix="a/")
    assert keys_of(page) == ["a/", "a/1", "a/2"]
    assert [entry["Prefix"] for entry in page["CommonPrefixes"]] == ["a/b/"]
    for name in ("list_objects", "list_objects_v2"):
        seen = []
        pages = s3.get_paginator(name).paginate(
            Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 1}
        )
        for page in pages:
            seen += keys_of(page) + [entry["Prefix"] for entry in page.get("CommonPrefixes", [])]
        assert seen == ["a.txt", "a/", "c/", "d"]


def test_a_folder_of_many_keys_is_one_entry(s3, bucket):
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda number: s3.put_object(Bucket=bucket, Key=f"big/{number:04}", Body=b""), range(600)
            )
        )
    s3.put_object(Bucket=bucket, Key="z", Body=b"")
    page = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert ([entry["Prefix"] for entry in page["CommonPrefixes"]], keys_of(page)) == (["big/"], ["z"])
    assert len(keys_of(s3.list_objects_v2(Bucket=bucket))) == 601


def test_a_copy_keeps_or_replaces_what_was_said(s3, bucket):
    s3.put_object(
        Bucket=bucket, Key="from", Body=b"x", Metadata={"a": "1"}, ContentType="text/x", Tagging="t=1"
    )
    source = {"Bucket": bucket, "Key": "from"}
    s3.copy_object(Bucket=bucket, Key="kept", CopySource=source)
    kept = s3.head_object(Bucket=bucket, Key="kept")
    assert (kept["Metadata"], kept["ContentType"]) == ({"a": "1"}, "text/x")
    assert s3.get_object_tagging(Bucket=bucket, Key="kept")["TagSet"] == [{"Key": "t", "Value": "1"}]
    s3.copy_object(
        Bucket=bucket, Key="new", CopySource=source, Metadata={"b": "2"}, MetadataDirective="REPLACE"
    )
    assert s3.head_object(Bucket=bucket, Key="new")["Metadata"] == {"b": "2"}
    s3.delete_object(Bucket=bucket, Key="from")
    assert s3.get_object(Bucket=bucket, Key="kept")["Body"].read() == b"x"
    code = refusal(s3.copy_object, Bucket=bucket, Key="kept", CopySource={"Bucket": bucket, "Key": "kept"})[1]
    assert code == "InvalidRequest"
    assert refusal(s3.copy_object, Bucket=bucket, Key="x", CopySource=source)[:2] == (404, "NoSuchKey")


def test_tags_are_set_and_removed(s3, bucket):
    s3.put_object(Bucket=bucket, Key="x", Body=b"")
    tags = [{"Key": "k", "Value": "v w"}]
    s3.put_object_tagging(Bucket=bucket, Key="x", Tagging={"TagSet": tags})
    assert s3.get_object_tagging(Bucket=bucket, Key="x")["TagSet"] == tags
    s3.delete_object_tagging(Bucket=bucket, Key="x")
    assert s3.get_object_tagging(Bucket=bucket, Key="x")["TagSet"] == []


def test_a_large_file_goes_up_in_parts_and_comes_down_in_ranges(s3, bucket, tmp_path):
    content = os.urandom(12 * MIB + 17)
    (tmp_path / "up").write_bytes(content)
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=4)
    s3.upload_file(str(tmp_path / "up"), bucket, "big", Config=config, ExtraArgs={"Metadata": {"k": "v"}})
    head = s3.head_object(Bucket=bucket, Key="big", ChecksumMode="ENABLED")
    assert (head["ContentLength"], head["Metadata"]) == (len(content), {"k": "v"})
    parts = [content[start : start + 5 * MIB] for start in range(0, len(content), 5 * MIB)]
    md5 = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in parts)).hexdigest()
    assert head["ETag"] == f'"{md5}-3"'
    crcs = b"".join(zlib.crc32(part).to_bytes(4, "big") for part in parts)
    assert head["ChecksumCRC32"] == base64.b64encode(zlib.crc32(crcs).to_bytes(4, "big")).decode() + "-3"
    s3.download_file(bucket, "big", str(tmp_path / "down"), Config=config)
    assert (tmp_path / "down").read_bytes() == content
    third = s3.get_object(Bucket=bucket, Key="big", PartNumber=3)
    assert (third["Body"].read(), third["PartsCount"]) == (parts[2], 3)
    s3.copy({"Bucket": bucket, "Key": "big"}, bucket, "copied", Config=config)  # in parts, by UploadPartCopy
    assert s3.get_object(Bucket=bucket, Key="copied")["Body"].read() == content
    assert s3.get_object_attributes(Bucket=bucket, Key="big", ObjectAttributes=["ObjectSize", "ETag"])[
        "ObjectSize"
    ] == len(content)


def test_an_upload_that_is_not_completed_is_no_object(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="part")["UploadId"]
    etag = s3.upload_part(Bucket=bucket, Key="part", UploadId=upload, PartNumber=1, Body=b"x" * 10)["ETag"]
    s3.upload_part(Bucket=bucket, Key="part", UploadId=upload, PartNumber=2, Body=b"y")
    assert keys_of(s3.list_objects_v2(Bucket=bucket)) == []
    assert [
        part["PartNumber"] for part in s3.list_parts(Bucket=bucket, Key="part", UploadId=upload)["Parts"]
    ] == [1, 2]
    assert [entry["UploadId"] for entry in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [upload]

    def complete(*parts):
        return refusal(
            s3.complete_multipart_upload, Bucket=bucket, Key="part", UploadId=upload,
            MultipartUpload={"Parts": [{"PartNumber": number, "ETag": tag} for number, tag in parts]},
        )[1]  # fmt: skip

    assert complete((1, etag), (2, '"wrong"')) == "InvalidPart"
    assert complete((2, etag), (1, etag)) == "InvalidPartOrder"
    assert complete((1, etag), (2, f'"{hashlib.md5(b"y").hexdigest()}"')) == "EntityTooSmall"
    assert complete() == "MalformedXML"
    s3.abort_multipart_upload(Bucket=bucket, Key="part", UploadId=upload)
    assert complete((1, etag)) == "NoSuchUpload"
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_versions_are_kept_where_the_bucket_says_so(s3, bucket):
    s3.put_object(Bucket=bucket, Key="x", Body=b"before")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="x", Body=b"1")["VersionId"]
    second = s3.put_object(Bucket=bucket, Key="x", Body=b"2")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="x")
    assert marker["DeleteMarker"] is True
    assert refusal(s3.get_object, Bucket=bucket, Key="x")[1] == "NoSuchKey"
    assert s3.get_object(Bucket=bucket, Key="x", VersionId=first)["Body"].read() == b"1"
    assert s3.get_object(Bucket=bucket, Key="x", VersionId="null")["Body"].read() == b"before"
    listed = s3.list_object_versions(Bucket=bucket)
    assert [entry["VersionId"] for entry in listed["Versions"]] == [second, first, "null"]
    assert [entry["IsLatest"] for entry in listed["DeleteMarkers"]] == [True]
    s3.delete_object(Bucket=bucket, Key="x", VersionId=marker["VersionId"])
    assert s3.get_object(Bucket=bucket, Key="x")["Body"].read() == b"2"
    s3.delete_object(Bucket=bucket, Key="x", VersionId=second)
    assert s3.get_object(Bucket=bucket, Key="x")["VersionId"] == first
    assert refusal(s3.delete_bucket, Bucket=bucket)[:2] == (409, "BucketNotEmpty")


def test_a_bucket_with_objects_is_not_deleted(s3, bucket):
    s3.put_object(Bucket=bucket, Key="x", Body=b"")
    assert refusal(s3.delete_bucket, Bucket=bucket) == (
        409,
        "BucketNotEmpty",
        "The bucket you tried to delete is not empty",
    )
    s3.delete_object(Bucket=bucket, Key="x")
    s3.delete_bucket(Bucket=bucket)
    assert bucket not in [entry["Name"] for entry in s3.list_buckets()["Buckets"]]


def test_a_buckets_default_encryption_is_its_objects(s3, bucket):
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/k"}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_object(Bucket=bucket, Key="x", Body=b"")
    head = s3.head_object(Bucket=bucket, Key="x")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", "alias/k")


def test_what_is_not_done_is_refused(s3, bucket):
    s3.put_object(Bucket=bucket, Key="x", Body=b"")
    assert refusal(s3.restore_object, Bucket=bucket, Key="x", RestoreRequest={"Days": 1}) == (
        501,
        "NotImplemented",
        "The emulator does not do s3:RestoreObject.",
    )


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_presigned_url_needs_no_other_credentials(emulator, s3, bucket, version):
    signer = boto3.client("s3", config=Config(signature_version=version), **arguments_of(emulator))
    s3.put_object(Bucket=bucket, Key="a b+c", Body=b"content")

    def answer(method, url, body=None):
        connection = http.client.HTTPConnection(urlsplit(url).netloc)
        connection.request(method, url.partition(urlsplit(url).netloc)[2], body)
        response = connection.getresponse()
        return response.status, response.read()

    read = signer.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "a b+c"}, ExpiresIn=60)
    assert answer("GET", read) == (200, b"content")
    assert answer("GET", read.replace("a%20b", "other"))[0] == 403
    write = signer.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "put"}, ExpiresIn=60)
    assert answer("PUT", write, b"sent") == (200, b"")
    assert s3.get_object(Bucket=bucket, Key="put")["Body"].read() == b"sent"
    late = signer.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "put"}, ExpiresIn=-1)
    assert answer("GET", late)[0] in (400, 403)


def test_a_key_or_metadata_that_is_too_long_is_refused(s3, bucket):
    assert refusal(s3.put_object, Bucket=bucket, Key="k" * 1025, Body=b"")[1:] == (
        "KeyTooLongError",
        "Your key is too long",
    )
    assert refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"", Metadata={"m": "x" * 2048})[1:] == (
        "MetadataTooLarge",
        "Your metadata headers exceed the maximum allowed metadata size",
    )
