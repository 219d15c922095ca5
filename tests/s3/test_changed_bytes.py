"""A model that is not what the catalog recorded is refused before anything of it is opened; test_hostile_objects.py
says what is tried besides."""

import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import joblib
import pytest

from tests.s3.bucket import Bucket
from tests.s3.machine import Machine


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.target),)


def bomb(target: Path) -> bytes:
    file = io.BytesIO()
    joblib.dump(Bomb(target), file)
    return file.getvalue()


@pytest.fixture
def model_key(trained: Machine, bucket: Bucket) -> Iterator[str]:
    """The key of the stored model, which is put back afterwards."""
    yield from put_back(bucket, bucket.only(trained, "-model.joblib"))


def put_back(bucket: Bucket, key: str) -> Iterator[str]:
    content = bucket.read(key)
    yield key
    bucket.write(key, content)


def predict(machine: Machine, source: Path) -> "CompletedProcess[str]":
    """With nothing in the machine's cache."""
    machine.forget_files()
    return machine.run("predict", "tumour", "-i", source, "-o", "out.csv", check=False)


def change_byte(bucket: Bucket, key: str, part: float) -> None:
    content = bytearray(bucket.read(key))
    content[int(part * (len(content) - 1))] ^= 1
    bucket.write(key, bytes(content))


def test_a_refused_model_leaves_neither_output_nor_cache(
    trained: Machine, bucket: Bucket, cancer_csv: Path, model_key: str
) -> None:
    change_byte(bucket, model_key, 0.5)
    predict(trained, cancer_csv)
    assert [path for folder in (trained.work, trained.home) for path in folder.rglob("*") if path.is_file()] == []


def test_a_replaced_model_is_not_unpickled(
    trained: Machine, bucket: Bucket, cancer_csv: Path, model_key: str, tmp_path: Path
) -> None:
    content = bomb(tmp_path / "exploded").ljust(len(bucket.read(model_key)), b".")
    bucket.write(model_key, content)
    done = predict(trained, cancer_csv)
    assert done.returncode == 1
    assert hashlib.sha256(content).hexdigest() in done.stderr
    assert not (tmp_path / "exploded").exists()


def test_a_replaced_file_in_the_cache_is_not_unpickled_and_fetched_again(
    trained: Machine, bucket: Bucket, cancer_csv: Path, model_key: str, tmp_path: Path
) -> None:
    assert predict(trained, cancer_csv).returncode == 0
    digest = bucket.sha256(model_key)
    (cached,) = trained.home.rglob(digest)
    cached.write_bytes(bomb(tmp_path / "exploded"))
    trained.run("predict", "tumour", "-i", cancer_csv, "-o", "out.csv")
    assert not (tmp_path / "exploded").exists()
    assert hashlib.sha256(cached.read_bytes()).hexdigest() == digest


def test_the_bomb_explodes_when_it_is_unpickled(tmp_path: Path) -> None:
    joblib.load(io.BytesIO(bomb(tmp_path / "exploded")))
    assert (tmp_path / "exploded").exists()
