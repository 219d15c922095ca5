"""Uploads in parts that were cut off: an interruption leaves none, and what kill -9 leaves is found and aborted."""

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from django.utils import timezone

from catalog.services.integrity.repair import repair_catalog
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.storage.local import LocalCatalogStorage
from catalog.storage.s3_uploads import upload

MIB = 1024 * 1024
KEY = "models/late/v0009/aaaaaaaaaaaa-model.joblib"
TOMORROW = timedelta(hours=25)


def begin(storage: Any, key: str) -> None:
    """As a process does that is killed after the first part."""
    options = {"Bucket": storage.bucket_name, "Key": storage.full_key(key)}
    upload_id = storage.client.create_multipart_upload(**options)["UploadId"]
    storage.client.upload_part(**options, UploadId=upload_id, PartNumber=1, Body=b"x" * 100)


def uploads(storage: Any) -> list[str]:
    return [found.key for found in storage.unfinished_uploads()]


@pytest.mark.django_db
def test_an_upload_that_was_cut_off_is_found_and_aborted_after_a_day(seaweed_storage: Any) -> None:
    """moto says of each upload that it was begun in 2010."""
    begin(seaweed_storage, KEY)
    assert verify_catalog().findings == []
    (finding,) = verify_catalog(now=timezone.now() + TOMORROW).findings
    assert (finding.kind, finding.where) == ("unfinished upload", seaweed_storage.uri(KEY))
    verified = verify_catalog(now=timezone.now() + TOMORROW)
    (early,) = repair_catalog(verified=verified, actor="ada")
    assert (early.problem, uploads(seaweed_storage)) == (
        f"{seaweed_storage.uri(KEY)} is no longer being uploaded.",
        [KEY],
    )
    (repaired,) = repair_catalog(verified=verified, actor="ada", now=timezone.now() + TOMORROW)
    assert (repaired.problem, uploads(seaweed_storage)) == ("", [])


@pytest.mark.django_db
def test_an_upload_that_others_began_is_left_to_them(s3_storage: Any) -> None:
    begin(s3_storage, "backups/disk.img")
    (finding,) = verify_catalog(now=timezone.now() + TOMORROW).findings
    assert (finding.kind, finding.repair) == ("unfinished upload", None)
    for found in s3_storage.unfinished_uploads():
        s3_storage.abort_upload(found)


def test_uploads_of_other_folders_are_not_looked_at(s3_storage: Any) -> None:
    options = {"Bucket": s3_storage.bucket_name, "Key": f"{s3_storage.marker.rstrip('/')}-other/file"}
    upload_id = s3_storage.client.create_multipart_upload(**options)["UploadId"]
    assert uploads(s3_storage) == []
    s3_storage.client.abort_multipart_upload(**options, UploadId=upload_id)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C counts also where the shell had the tests ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interruption_leaves_no_parts(s3_storage: Any, tmp_path: Path) -> None:
    path, sent = tmp_path / "large", 0
    path.write_bytes(b"x" * 40 * MIB)

    def interrupt(size_bytes: int) -> None:
        nonlocal sent
        sent += size_bytes
        if sent - size_bytes < 12 * MIB <= sent:
            os.kill(os.getpid(), signal.SIGINT)

    transfer = TransferConfig(multipart_threshold=1, multipart_chunksize=5 * MIB, max_concurrency=1)
    place = (s3_storage.client, s3_storage.bucket_name, s3_storage.full_key(KEY))
    with pytest.raises(KeyboardInterrupt):
        upload(*place, path, metadata={}, transfer=transfer, on_bytes=interrupt)
    assert (sent < 40 * MIB, uploads(s3_storage)) == (True, [])


@pytest.mark.django_db
def test_a_copy_that_was_cut_off_is_found_in_a_folder_too(tmp_path: Path) -> None:
    storage = LocalCatalogStorage(location=tmp_path / "objects")
    left = tmp_path / "objects" / "models" / "late" / "v0009" / ".upload-abc"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"x")
    assert uploads(storage) == ["models/late/v0009/.upload-abc"]
    assert verify_catalog().findings == []
    verified = verify_catalog(now=timezone.now() + TOMORROW)
    (repaired,) = repair_catalog(verified=verified, actor="ada", now=timezone.now() + TOMORROW)
    assert (str(repaired.finding.repair), repaired.problem) == (f"abort the upload of {left}", "")
    assert not left.exists()
