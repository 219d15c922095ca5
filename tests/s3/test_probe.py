"""What check_storage says of servers that do less than they should."""

from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from catalog.exceptions import StorageError
from catalog.storage import s3_bucket
from catalog.storage.probe import FOLDER_REMOVED, MULTIPART, WRITES, probe_storage
from catalog.storage.s3 import S3CatalogStorage


def only_on(*operations: str) -> Any:
    """Conditions are sent with these operations alone, as if the server ignored the others."""

    def add(params: dict[str, Any], model: Any, **kwargs: Any) -> None:
        if model.name in operations:
            params["IfNoneMatch"] = "*"

    return add


@pytest.mark.parametrize(
    ("operations", "conditional", "ignored"),
    [
        (("PutObject", "CompleteMultipartUpload"), {WRITES: True, MULTIPART: True}, ""),
        (("PutObject",), {WRITES: True, MULTIPART: False}, "on completing a multipart upload"),
        (("CompleteMultipartUpload",), {WRITES: False, MULTIPART: True}, "on PUT"),
        ((), {WRITES: False, MULTIPART: False}, "on PUT and on completing a multipart upload"),
    ],
)
def test_both_ways_of_writing_are_tried_and_named(
    s3_storage: Any,
    monkeypatch: pytest.MonkeyPatch,
    operations: tuple[str, ...],
    conditional: dict[str, bool],
    ignored: str,
) -> None:
    monkeypatch.setattr(s3_bucket, "only_when_absent", only_on(*operations))
    vars(s3_storage.by_thread).clear()  # a client of this thread knows the true handler
    probe = probe_storage()
    assert probe.conditional == conditional
    assert any(f"ignores If-None-Match {ignored}." in line for line in probe.advice) == bool(ignored)
    assert probe.permitted["delete"]
    assert list(s3_storage.walk("")) == []


@pytest.fixture
def file_like_markers(s3_storage: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The storage, as on a server that takes a folder's marker for a file."""
    put = S3CatalogStorage.put

    def refuse_below_a_marker(self: S3CatalogStorage, key: str, *arguments: Any, **options: Any) -> None:
        with suppress(ClientError):
            self.client.head_object(Bucket=self.bucket_name, Key=self.marker)
            raise StorageError("Not a directory.")
        put(self, key, *arguments, **options)

    monkeypatch.setattr(S3CatalogStorage, "put", refuse_below_a_marker)
    return s3_storage


def test_a_marker_below_which_nothing_can_be_written_is_taken_back(file_like_markers: Any) -> None:
    probe = probe_storage(make_folder=True)
    assert (probe.permitted["put"], probe.problems) == (True, [FOLDER_REMOVED])
    assert not file_like_markers.listdir("")[1]


def test_a_marker_that_was_there_before_is_left_there(file_like_markers: Any) -> None:
    assert file_like_markers.make_folder()
    probe = probe_storage(make_folder=True)
    assert (probe.permitted["put"], probe.problems) == (False, ["Not a directory."])
    assert not file_like_markers.make_folder()
