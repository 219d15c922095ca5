"""Manifests that somebody with the bucket's keys made, with sound digests: none misleads or stops a rebuild."""

import json
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog.models import AuditEvent, ModelVersion, Prediction
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.storage.keys import event_manifest, manifest_beside
from tests.catalog_rows import differences, snapshot
from tests.services.integrity.catalogs import add_digest, beside, path_of
from tests.services.integrity.rebuilds import rebuild_from_nothing
from tests.summary import count

DEEP: Any = json.loads("[" * 80 + "]" * 80)
VERSIONS: dict[str, dict[str, Any]] = {
    "a key that climbs": {"artifact": "../../../etc/passwd"},
    "an absolute key": {"artifact": "/etc/passwd"},
    "a climbing key of a failed version, which has no object": {"artifact": "../../etc/passwd", "status": "FAILED"},
    "the object of another version": {"artifact": "models/late/v0001/{sha256:.12}-model.joblib"},
    "another format than its object's name": {"artifact_format": "pickle"},
    "no digest": {"sha256": "../" * 4},
    "a NUL": {"notes": "a\0b"},
    "a NUL within": {"params": {"a": ["b\0"]}},
    "a NUL in a name": {"params": {"a\0": 1}},
    "half a character": {"notes": "\ud800"},
    "an infinity": {"report": {"a": float("inf")}},
    "no number": {"primary_value": float("nan")},
    "a huge number": {"random_state": 10**30},
    "a truth value for a number": {"random_state": True},
    "a list for a text": {"notes": ["a"]},
    "a text for members": {"params": "text"},
    "a list for members": {"signature": []},
    "too deep": {"params": {"a": DEEP}},
    "a tag that is a number": {"tags": {"stage": 1}},
    "a tag of several lines": {"tags": {"stage": "e\nu"}},
    "the key of a tag with a space": {"tags": {"A B": "eu"}},
    "tags that are a list": {"tags": ["stage"]},
    "an unknown state": {"status": "APPROVED"},
    "a write that goes on": {"status": "PENDING"},
    "a number beyond": {"number": 10**12},
}
EVENTS: dict[str, dict[str, Any]] = {
    "the digest of a version": {"changes": {"sha256": "a" * 64}},
    "an approval without one": {"changes": {"approved_sha256": "a" * 64}},
    "a key that climbs": {"changes": {"artifact": "../../etc/passwd"}},
    "the parent of a version": {"changes": {"registered_model": {"name": "other"}}},
    "changes that are a list": {"changes": [["status", "READY"]]},
    "a number that is a text": {"version_number": "1; DROP TABLE catalog_alias"},
    "a negative number": {"version_number": -1},
    "a number beyond": {"version_number": 10**12},
    "an alias to no number": {"to_value": "latest"},
    "no time": {"at": None},
    "an alias that climbs": {"alias": "../x"},
    "a long alias": {"alias": "x" * 64},
    "a NUL": {"reason": "\0"},
    "half a character": {"actor": "\ud800"},
    "another verb than its name": {"verb": "archived"},
}


def forged(path: Path, values: dict[str, Any], changed: dict[str, Any]) -> None:
    own = {name: value for name, value in values.items() if name != "manifest_sha256"}
    path.write_text(add_digest(json.dumps(own | changed, indent=1)))


def test_no_forged_version_is_taken_and_none_stops_the_rebuild(sound: ModelVersion) -> None:
    before, values = snapshot(), json.loads(beside(sound).read_text())
    for number, changed in enumerate(VERSIONS.values(), start=2):
        key = sound.artifact.name.replace("v0001", f"v{number:04d}")
        path_of(key).parent.mkdir()
        os.link(sound.artifact.path, path_of(key))
        climbing = {name: text.format(**values) for name, text in changed.items() if name == "artifact"}
        forged(beside_key(key), values, {"number": number, "artifact": key, **changed, **climbing})
    rebuilt = rebuild_from_nothing()
    assert sorted(finding.where for finding in rebuilt.findings) == sorted(
        f"late:{n + 2}" for n in range(len(VERSIONS))
    )
    assert [line for line in differences(before, snapshot()) if "next_number" not in line] == []
    assert {finding.kind for finding in verify_catalog().findings} <= {"not in the database"}
    count("hostile manifests refused", len(VERSIONS))


def beside_key(key: str) -> Path:
    return path_of(manifest_beside(key))


def test_no_forged_event_is_taken_and_none_stops_the_rebuild(sound: ModelVersion) -> None:
    before, event = snapshot(), AuditEvent.objects.latest("id")
    values = json.loads(path_of(event_manifest("model", "late", event.pk, "promoted")).read_text())
    for number, changed in enumerate(EVENTS.values(), start=1000):
        forged(path_of(event_manifest("model", "late", number, "promoted")), values, {"id": number, **changed})
    rebuilt = rebuild_from_nothing()
    assert len({finding.what for finding in rebuilt.findings}) == len(EVENTS), rebuilt.findings
    assert differences(before, snapshot()) == []
    verify_catalog()
    count("hostile manifests refused", len(EVENTS))


PART = {"name": "part-00000.csv", "source": "a.csv", "etag": "1", "rows": 1, "bytes": 2, "sha256": "a" * 64}


def part(**changed: Any) -> dict[str, Any]:
    return {"parts": [PART | changed], "part_count": 1}


RECEIPTS: dict[str, dict[str, Any]] = {
    "an output that climbs": {"output": "../../etc/passwd"},
    "the object of a version": {"output": "models/late/v0001/manifest.json"},
    "a part that climbs": part(name="../../../etc/passwd"),
    "a part of another number": part(name="part-00007.csv"),
    "a part without a size": part(bytes="many"),
    "a part without rows": part(rows=None),
    "a part without a digest": part(sha256="x"),
    "a part with more members": part(more=1),
    "a part too few": {"parts": [PART], "part_count": 2},
    "parts in a list of texts": {"parts": ["part-00000.csv"], "part_count": 1},
    "parts that are none": {"parts": {"0": PART}, "part_count": 1},
    "a run that goes on": {"status": "RUNNING"},
}


def test_no_forged_receipt_is_taken_and_none_stops_the_rebuild(sound: ModelVersion, receipt: Prediction) -> None:
    before, values = snapshot(), json.loads(beside(receipt).read_text())
    for changed in RECEIPTS.values():
        name = str(uuid.uuid4())
        path = path_of(f"predictions/late/v0001/{name}/manifest.json")
        path.parent.mkdir()
        forged(path, values, {"id": name, "output": "", **changed})
    rebuilt = rebuild_from_nothing()
    assert len({finding.where for finding in rebuilt.findings}) == len(RECEIPTS), rebuilt.findings
    assert differences(before, snapshot()) == []
    verify_catalog()
    count("hostile manifests refused", len(RECEIPTS))


SPELLINGS: dict[str, Callable[[str], str]] = {
    "in capitals": str.upper,
    "without dashes": lambda name: name.replace("-", ""),
    "in braces": lambda name: f"{{{name}}}",
    "as it is, of another version": lambda name: name,
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_receipt_told_of_twice_is_taken_once(sound: ModelVersion, receipt: Prediction, spelling: str) -> None:
    before, own = snapshot(), beside(receipt)
    name = SPELLINGS[spelling](str(receipt.pk))
    number = 2 if name == str(receipt.pk) else 1
    path = path_of(f"predictions/late/v{number:04d}/{name}/manifest.json")
    path.parent.mkdir(parents=True)
    told = {"id": name, "model_version": f"late:{number}", "output": ""}
    forged(path, json.loads(own.read_text()), told)
    assert [finding.where for finding in rebuild_from_nothing().findings] == [name]
    assert differences(before, snapshot()) == []
    count("hostile manifests refused")
