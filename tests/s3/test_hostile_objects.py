"""Objects that somebody with the bucket's keys changed: every use of one is refused in one clear line."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from catalog.models import AuditEvent, DatasetVersion, ModelVersion, Prediction
from tests.s3.behind_proxy import Catalog
from tests.summary import count

TRAIN = "train_model late --dataset departures:1 --target late --estimator dummy"


@dataclass(frozen=True)
class Use:
    """What `command` reads lies at a key that ends so; of the second, its like."""

    ending: str
    other: str
    command: str


USES = {
    "model": Use(
        "late/v0001/{}-model.joblib", "late/v0002/{}-model.joblib", "predict late:1 -i {source} -o {source}.o.csv"
    ),
    "dataset": Use("departures/v0001/{}-data.csv", "departures/v0002/{}-data.csv", TRAIN),
    "manifest": Use("models/late/v0001/manifest.json", "models/late/v0002/manifest.json", "verify_catalog"),
}


def flipped(part: float) -> Callable[[bytes, bytes], bytes]:
    def change(content: bytes, other: bytes) -> bytes:
        changed = bytearray(content)
        changed[int(part * (len(content) - 1))] ^= 1
        return bytes(changed)

    return change


CHANGES: dict[str, Callable[[bytes, bytes], bytes | None]] = {
    "a byte flipped at the head": flipped(0),
    "a byte flipped in the middle": flipped(0.5),
    "a byte flipped at the end": flipped(1),
    "swapped for another version's": lambda content, other: other,
    "deleted": lambda content, other: None,
    "truncated": lambda content, other: content[:-100],
    "emptied": lambda content, other: b"",
    "replaced by a larger one": lambda content, other: content + b"\0" * 5_000_000,
}


@pytest.fixture
def two_versions(catalog: Catalog, settings: Any) -> Catalog:
    """Of the model and of the dataset."""
    shorter = catalog.source.with_name("shorter.csv")
    shorter.write_text("".join(catalog.source.read_text().splitlines(keepends=True)[:-1]))
    assert catalog.run(f"add_dataset departures {shorter}") == ""
    assert catalog.run(f"{TRAIN} --random-state 7") == ""
    return catalog


def key_of(catalog: Catalog, ending: str) -> str:
    head, _, tail = ending.partition("{}")
    (key,) = [key for key in catalog.objects() if head in key and key.endswith(tail or head)]
    return f"{catalog.folder}/{key}"


def rows() -> list[int]:
    return [model._default_manager.count() for model in (DatasetVersion, ModelVersion, Prediction, AuditEvent)]


@pytest.mark.parametrize("kind", USES)
def test_a_changed_object_is_refused_wherever_it_is_used(two_versions: Catalog, settings: Any, kind: str) -> None:
    catalog, use = two_versions, USES[kind]
    key, other = (key_of(catalog, ending) for ending in (use.ending, use.other))
    content, before = catalog.bucket.read(key), rows()
    for what, change in CHANGES.items():
        shutil.rmtree(settings.CATALOG["CACHE_DIR"], ignore_errors=True)
        changed = change(content, catalog.bucket.read(other))
        with catalog.bucket.changed(key, changed):
            said = catalog.run(use.command)
        assert said, what
        assert "\n" not in said
        assert (key in said) == (kind != "manifest"), said
        if changed and len(changed) == len(content) and kind != "manifest":
            assert {sha256(content).hexdigest(), sha256(changed).hexdigest()} <= set(re.findall("[0-9a-f]{64}", said))
        assert rows() == before
        assert not Path(f"{catalog.source}.o.csv").exists()
        count("hostile objects refused")
    assert catalog.run(use.command) == ""
