from pathlib import Path
from typing import IO, Any

import pytest

from catalog.exceptions import DigestMismatch
from catalog.models import ModelVersion
from catalog.services.prediction.loading import load_version
from catalog.storage.local import LocalCatalogStorage
from tests.services.snapshots import later_version
from tests.summary import count


def cached_bytes(tmp_path: Path) -> int:
    return sum(path.stat().st_size for path in (tmp_path / "cache").rglob("*") if path.is_file())


@pytest.mark.parametrize("difference", [-1, 1, 10_000_000])
def test_an_object_of_another_size_is_not_downloaded(
    late_v1: ModelVersion, difference: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(late_v1.artifact.path)
    path.write_bytes((path.read_bytes() + b"\0" * max(difference, 0))[: late_v1.size_bytes + difference])
    monkeypatch.setattr(LocalCatalogStorage, "fetch", lambda *given, **options: pytest.fail("downloaded"))
    with pytest.raises(DigestMismatch, match=rf"it has {late_v1.size_bytes + difference:,} bytes, expected"):
        load_version(late_v1)
    assert cached_bytes(tmp_path) == 0
    count("hostile models refused")


def test_an_object_that_grows_while_it_is_downloaded_does_not_fill_the_disk(
    late_v1: ModelVersion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []

    def endless(self: Any, key: str, target: IO[bytes], **options: Any) -> None:
        written.extend(target.write(b"\0" * 1024) for _ in range(1000))

    monkeypatch.setattr(LocalCatalogStorage, "fetch", endless)
    with pytest.raises(DigestMismatch, match=rf"it has at least [\d,]+ bytes, expected {late_v1.size_bytes:,}"):
        load_version(late_v1)
    assert sum(written) <= late_v1.size_bytes
    assert cached_bytes(tmp_path) == 0
    count("hostile models refused")


def test_an_object_swapped_with_another_versions_is_refused(late_v1: ModelVersion) -> None:
    other = later_version(late_v1)
    with pytest.raises(DigestMismatch, match=f"its SHA-256 is {late_v1.sha256}, expected {other.sha256}"):
        load_version(other)
    count("hostile models refused")


@pytest.mark.parametrize("part", [0.0, 0.5, 1.0])
def test_a_flipped_byte_is_refused_wherever_it_is(late_v1: ModelVersion, part: float) -> None:
    path = Path(late_v1.artifact.path)
    content = bytearray(path.read_bytes())
    content[int(part * (len(content) - 1))] ^= 1
    path.write_bytes(content)
    with pytest.raises(DigestMismatch, match="It was not opened"):
        load_version(late_v1)
    count("hostile models refused")
