import io
import zipfile
import zlib
from typing import Any

import pytest

from catalog.exceptions import InvalidArtifact
from catalog.ml.artifacts.inspection.archives import check_archive
from catalog.ml.artifacts.inspection.limits import Limits
from tests.hostile_models import archive, fitted, skops_bytes
from tests.summary import count

MIB = 1024 * 1024
SMALL = Limits(unpacked_bytes=8 * MIB, members=100, schema_bytes=MIB)
NESTED = archive({"data.npy": b"\0" * 20 * MIB})


def encrypted() -> bytes:
    """Said to be so in both of its headers."""
    content = bytearray(archive({"schema.json": b"{}"}))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(magic) + offset] |= 1
    return bytes(content)


def twice() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("schema.json", "{}")
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("schema.json", '{"other": 1}')
    return buffer.getvalue()


def lying() -> bytes:
    """Its directory says that 20 MiB are 10 bytes."""
    content = archive({"schema.json": b"{}", "large.npy": b"\0" * 20 * MIB})
    claim = (20 * MIB).to_bytes(4, "little")
    return content.replace(claim, (10).to_bytes(4, "little"))


def damaged() -> bytes:
    """What is packed in it is no longer what zlib packed."""
    packed = zlib.compress(b"{}" * 100)[2:-4]
    return archive({"schema.json": b"{}" * 100}).replace(packed, b"\xff" * len(packed))


BOMBS: dict[str, tuple[Any, str]] = {
    "many members": (lambda: archive({f"{n}.npy": b"" for n in range(100)} | {"schema.json": b"{}"}), "101 members"),
    "a large member": (lambda: archive({"schema.json": b"{}", "a.npy": b"\0" * 20 * MIB}), "it unpacks to 20,971,522"),
    "many that add up": (
        lambda: archive({"schema.json": b"{}"} | {f"{n}.npy": b"\0" * MIB for n in range(9)}),
        "it unpacks to 9,437,186",
    ),
    "nested": (lambda: archive({"schema.json": b"{}", "a.npz": NESTED}, zipfile.ZIP_STORED), "it unpacks to 20,9"),
    "nested, of another name": (lambda: archive({"schema.json": b"{}", "a.npy": NESTED}), "it unpacks to 20,9"),
    "a large schema": (lambda: archive({"schema.json": b" " * 2 * MIB}), "its schema.json has 2,097,152 bytes"),
    "no schema": (lambda: archive({"data.json": b"{}"}), "no schema.json"),
    "two schemas": (twice, "two members of the same name"),
    "encrypted": (encrypted, "it is encrypted"),
    "truncated": (lambda: skops_bytes(fitted("logistic"))[:-30], "no intact zip file"),
    "only a head": (lambda: b"PK\x03\x04" + b"\0" * 100, "no intact zip file"),
    "a damaged member": (damaged, "no intact zip file"),
    "a broken zip within": (lambda: archive({"schema.json": b"{}", "a.npz": NESTED[:-40]}), "no intact zip file"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_it_is_unpacked(name: str) -> None:
    make, message = BOMBS[name]
    with pytest.raises(InvalidArtifact, match=message):
        check_archive(io.BytesIO(make()), SMALL)
    count("hostile models refused")


def test_a_member_gives_no_more_bytes_than_its_header_says() -> None:
    with pytest.raises(InvalidArtifact, match="Bad CRC-32 for file"):
        check_archive(io.BytesIO(lying()), SMALL)


def test_an_honest_file_is_measured() -> None:
    content = skops_bytes(fitted("logistic"))
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        sizes = [member.file_size for member in file.infolist()]
    assert check_archive(io.BytesIO(content), Limits()) == {"members": len(sizes), "unpacked_bytes": sum(sizes)}
