import hashlib
import io
import random

import pytest

from catalog.storage.hashing import HashedFile

PARTS = [(at, bytes([at % 251]) * 10) for at in range(0, 200, 10)]
CONTENT = b"".join(part for _, part in PARTS)


def written(parts: list[tuple[int, bytes]]) -> HashedFile:
    hashed = HashedFile(io.BytesIO())
    for at, part in parts:
        hashed.seek(at)
        hashed.write(part)
    return hashed


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_parts_changes_nothing(seed: int) -> None:
    shuffled = random.Random(seed).sample(PARTS, len(PARTS))
    assert written(shuffled).sha256() == hashlib.sha256(CONTENT).hexdigest()


def test_what_comes_in_order_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.storage.hashing.file_sha256", lambda file: pytest.fail("read again"))
    hashed = written(PARTS[1:3] + PARTS[:1] + PARTS[3:])
    assert hashed.sha256() == hashlib.sha256(CONTENT).hexdigest()


@pytest.mark.parametrize("again", [0, 100, 150])
def test_a_part_that_is_written_twice_counts_as_it_was_written_last(again: int) -> None:
    parts = [(0, b"x" * 10), *PARTS[10:], (again, b"y" * 10), *PARTS[:10], (150, b"z" * 10)]
    hashed = written(parts)
    assert hashed.sha256() == hashlib.sha256(hashed.file.getvalue()).hexdigest()  # type: ignore[attr-defined]


def test_a_file_with_a_hole_is_hashed_as_it_lies_there() -> None:
    assert written(PARTS[1:]).sha256() == hashlib.sha256(b"\0" * 10 + CONTENT[10:]).hexdigest()
