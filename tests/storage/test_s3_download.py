"""Downloads in parts, from a client whose bodies break off, change and end early."""

import io
import time
from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import pytest
from botocore.exceptions import ClientError, IncompleteReadError
from botocore.response import StreamingBody
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.storage import s3_download
from catalog.storage.s3_download import download
from catalog.storage.s3_errors import storage_error

PART = 1000


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_download, "PART_BYTES", PART)
    monkeypatch.setattr(s3_download, "PIECE_BYTES", 64)


def refusal(code: str, status: int) -> ClientError:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "GetObject")


class Body(io.BytesIO):
    """Each piece of it takes some seconds."""

    def __init__(self, content: bytes, seconds: float) -> None:
        super().__init__(content)
        self.seconds = seconds

    def read(self, size: int | None = -1) -> bytes:
        time.sleep(self.seconds)
        return super().read(size)


@dataclass
class Server:
    """Answers as S3 does. `breaks` says after how many bytes the next bodies break off, by the part they begin in."""

    content: bytes
    breaks: dict[int, list[int]] = field(default_factory=dict)
    knows_ranges: bool = True
    has_etags: bool = True
    changes_after: int = 1_000_000
    seconds: float = 0
    asked: list[str] = field(default_factory=list)
    lock: Any = field(default_factory=Lock)

    def get_object(self, *, Bucket: str, Key: str, Range: str = "", IfMatch: str = "") -> dict[str, Any]:  # noqa: N803
        assert (Bucket, Key) == ("bucket", "key")
        with self.lock:
            self.asked.append(Range)
            etag = {"ETag": f'"{len(self.asked) > self.changes_after}"'} if self.has_etags else {}
            if IfMatch and IfMatch != etag.get("ETag"):
                raise refusal("PreconditionFailed", 412)
            if not Range or not self.knows_ranges:
                return self.answer(0, self.content) | etag
            if not self.content:
                raise refusal("InvalidRange", 416)
            first, last = map(int, Range.removeprefix("bytes=").split("-"))
            sent = self.content[first : last + 1]
            ranged = {"ContentRange": f"bytes {first}-{first + len(sent) - 1}/{len(self.content)}"}
            return self.answer(first, sent) | ranged | etag

    def answer(self, first: int, sent: bytes) -> dict[str, Any]:
        breaks = self.breaks.get(first // PART, [])
        whole = min(breaks.pop(0), len(sent)) if breaks else len(sent)
        body: Any = Body(sent[:whole], 0 if breaks else self.seconds)
        return {"ContentLength": len(sent), "Body": StreamingBody(body, len(sent))}


def downloaded(server: Server) -> bytes:
    target, told = io.BytesIO(), Counter[str]()
    download(server, "bucket", "key", target, on_bytes=lambda count: told.update(bytes=count))
    assert told["bytes"] == len(server.content)
    return target.getvalue()


def text(size: int) -> bytes:
    """Bytes of which no two parts are alike."""
    return b"".join(f"{number:08}".encode() for number in range(size // 8 + 1))[:size]


@pytest.mark.parametrize("size", [1, PART - 1, PART])
def test_an_object_of_one_part_takes_one_request(size: int) -> None:
    server = Server(text(size))
    assert downloaded(server) == text(size)
    assert server.asked == [f"bytes=0-{PART - 1}"]


@pytest.mark.parametrize("size", [PART + 1, 2 * PART, 25 * PART + 7])
def test_each_byte_of_many_parts_is_asked_for_once(size: int) -> None:
    server = Server(text(size))
    assert downloaded(server) == text(size)
    assert sorted(server.asked) == sorted(
        f"bytes={at}-{max(PART, min(at + PART, size)) - 1}" for at in range(0, size, PART)
    )


def test_an_empty_object_is_an_empty_file() -> None:
    assert downloaded(Server(b"")) == b""


def test_a_server_without_etags_is_believed() -> None:
    assert downloaded(Server(text(5 * PART), has_etags=False)) == text(5 * PART)


def test_a_server_without_ranges_is_read_in_one_piece() -> None:
    server = Server(text(3 * PART), knows_ranges=False)
    assert downloaded(server) == text(3 * PART)
    assert len(server.asked) == 1


@settings(deadline=None)
@given(
    size=st.integers(1, 6 * PART),
    breaks=st.dictionaries(st.integers(0, 5), st.lists(st.integers(0, PART), max_size=2), max_size=6),
)
def test_a_body_that_breaks_off_twice_is_gone_on_with(size: int, breaks: dict[int, list[int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(s3_download, "PART_BYTES", PART)
        patch.setattr(s3_download, "PIECE_BYTES", 64)
        assert downloaded(Server(text(size), breaks={part: list(each) for part, each in breaks.items()})) == text(size)


@pytest.mark.parametrize("part", [0, 1, 7])
def test_a_body_that_breaks_off_three_times_is_an_error(part: int) -> None:
    server = Server(text(9 * PART), breaks={part: [500, 100, 0]})
    with pytest.raises(IncompleteReadError) as broken:
        downloaded(server)
    told = str(storage_error(broken.value, action="fetch", uri="s3://bucket/key", endpoint=None))
    assert told == (
        "Can't fetch s3://bucket/key at AWS: the connection broke off again and again (IncompleteReadError). "
        "Run the command again later."
    )


def test_after_an_error_the_rest_is_not_asked_for() -> None:
    server = Server(text(500 * PART), breaks={1: [0, 0, 0]})
    with pytest.raises(IncompleteReadError):
        downloaded(server)
    assert len(server.asked) < 100


def test_after_an_error_no_body_is_read_to_its_end() -> None:
    server = Server(text(9 * PART), breaks={1: [0, 0, 0, 0]}, seconds=0.05)
    target = io.BytesIO()
    with pytest.raises(IncompleteReadError):
        download(server, "bucket", "key", target)
    assert all(not target.getvalue()[at + PART - 64 : at + PART].strip(b"\0") for at in range(0, 9 * PART, PART))


def test_an_object_that_changes_meanwhile_is_an_error() -> None:
    with pytest.raises(ClientError) as changed:
        downloaded(Server(text(9 * PART), changes_after=4))
    told = str(storage_error(changed.value, action="fetch", uri="s3://bucket/key", endpoint=None))
    assert "the object changed while it was read" in told


def test_a_target_that_refuses_ends_the_download() -> None:
    class Full(io.BytesIO):
        def write(self, content: Any) -> int:
            if self.tell() > 3 * PART:
                raise OSError(28, "No space left on device")
            return super().write(content)

    server = Server(text(500 * PART))
    with pytest.raises(OSError, match="No space left"):
        download(server, "bucket", "key", Full())
    assert len(server.asked) < 100
