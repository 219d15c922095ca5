"""verify_catalog on a real bucket: whatever happens to an object or a manifest is found, with or without listing."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.s3.behind_proxy import Catalog
from tests.s3.bucket import Bucket
from tests.s3.machine import TRAIN_TUMOUR, Machine
from tests.s3.recovery import TWO_DAYS_LATER, findings, repair
from tests.servers.proxy import Fault, Kind
from tests.summary import count


@pytest.fixture(scope="module")
def two_versions(machine: Callable[..., Machine], cancer_csv: Path) -> Machine:
    made = machine()
    made.run("add_dataset", "cancer", cancer_csv)
    made.run(*TRAIN_TUMOUR, "--alias", "production")
    made.run(*TRAIN_TUMOUR, "--random-state", "7")
    made.run("predict", "tumour", "-i", "dataset:cancer")
    return made


def key_of(machine: Machine, bucket: Bucket, part: str, ending: str) -> str:
    (key,) = [key for key in bucket.objects(machine) if part in key and key.endswith(ending)]
    return key


def model_key(machine: Machine, bucket: Bucket, number: int = 1) -> str:
    return key_of(machine, bucket, f"/v000{number}/", "-model.joblib")


KEYS: dict[str, Callable[[Machine, Bucket], str]] = {
    "model": model_key,
    "dataset": lambda machine, bucket: key_of(machine, bucket, "/cancer/v0001/", "-data.csv"),
    "manifest": lambda machine, bucket: key_of(machine, bucket, "models/tumour/v0001/", "manifest.json"),
    "event": lambda machine, bucket: key_of(machine, bucket, "/events/models/tumour/", "-promoted.json"),
    "receipt": lambda machine, bucket: key_of(machine, bucket, "/predictions/", "manifest.json"),
}


def kinds(machine: Machine) -> set[str]:
    return {finding["kind"] for finding in findings(machine)}


def flipped(content: bytes, part: float) -> bytes:
    changed = bytearray(content)
    changed[int(part * (len(changed) - 1))] ^= 1
    return bytes(changed)


def test_a_sound_catalog_has_no_findings(two_versions: Machine) -> None:
    told = two_versions.json("verify_catalog", "--deep", "--replay")
    assert (told["findings"], told["notes"]) == ([], [])
    assert told["checked"]["replayed models"] == 2


@pytest.mark.parametrize("part", [0, 0.5, 1], ids=["head", "middle", "end"])
def test_a_changed_byte_is_found_wherever_it_is(two_versions: Machine, bucket: Bucket, part: float) -> None:
    with ExitStack() as changes:
        for find in KEYS.values():
            key = find(two_versions, bucket)
            changes.enter_context(bucket.changed(key, flipped(bucket.read(key), part)))
        told = [finding["what"] for finding in findings(two_versions)]
    assert len(told) == len(KEYS)
    for find in KEYS.values():
        assert any(find(two_versions, bucket) in what for what in told)
    count("changed bytes found by verify_catalog", len(KEYS))


@pytest.mark.parametrize("change", ["swapped", "truncated", "longer", "deleted"])
def test_an_object_that_is_not_as_it_was_is_found(two_versions: Machine, bucket: Bucket, change: str) -> None:
    keys = [KEYS[what](two_versions, bucket) for what in ("model", "dataset")]
    other = bucket.read(model_key(two_versions, bucket, 2))
    with ExitStack() as changes:
        for key in keys:
            content = bucket.read(key)
            new = {"swapped": other, "truncated": content[:-100], "longer": content + b"more", "deleted": None}[change]
            changes.enter_context(bucket.changed(key, new))
        found = findings(two_versions)
    expected = "object missing" if change == "deleted" else "object changed"
    assert sorted((finding["kind"], finding["where"]) for finding in found) == [
        (expected, "cancer:1"),
        (expected, "tumour:1"),
    ]


def test_what_belongs_to_no_row_is_found_after_a_day_and_left_to_people(two_versions: Machine, bucket: Bucket) -> None:
    key = f"{two_versions.location}/models/tumour/v0009/stray"
    with bucket.changed(key, b"stray"):
        assert two_versions.json("verify_catalog")["findings"] == []
        assert kinds(two_versions) == {"orphan"}
        done = two_versions.run("verify_catalog", "--repair", "--yes", program=TWO_DAYS_LATER, check=False)
        assert (done.returncode, bucket.read(key)) == (1, b"stray")


def test_a_missing_manifest_is_stored_again(two_versions: Machine, bucket: Bucket) -> None:
    key = KEYS["event"](two_versions, bucket)
    content = bucket.read(key)
    bucket.client.delete_object(Bucket=bucket.name, Key=key)
    assert kinds(two_versions) == {"manifest missing"}
    repair(two_versions)
    assert bucket.read(key) == content


@pytest.fixture(scope="module")
def limited(machine: Callable[..., Machine], cancer_csv: Path) -> Machine:
    made = machine(limited=True)
    made.run("add_dataset", "cancer", cancer_csv)
    made.run(*TRAIN_TUMOUR)
    return made


def test_a_key_that_may_not_list_verifies_all_but_orphans_and_says_so(limited: Machine, bucket: Bucket) -> None:
    with bucket.changed(f"{limited.location}/models/stray", b"stray"):
        told = limited.json("verify_catalog", "--deep")
    assert told["findings"] == []
    assert "These keys may not list" in told["notes"][0]
    assert told["checked"]["objects"] == 2


def test_a_key_that_may_not_list_finds_what_is_missing(limited: Machine, bucket: Bucket) -> None:
    model, manifest = (KEYS[what](limited, bucket) for what in ("model", "manifest"))
    with bucket.changed(model, None), bucket.changed(manifest, None):
        assert kinds(limited) == {"object missing", "manifest missing"}


def test_a_key_that_may_not_list_can_not_rebuild_and_is_told_why(limited: Machine) -> None:
    done = limited.run("rebuild_catalog", check=False)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert "allow s3:ListBucket" in done.stderr


@pytest.mark.parametrize("kind", [Kind.RESET_DOWNLOAD, Kind.HALF])
@pytest.mark.parametrize("path", ["-model", "manifest.json"])
def test_an_answer_that_breaks_off_is_asked_for_again(catalog: Catalog, kind: Kind, path: str) -> None:
    """A verification of hours does not end at the first cut."""
    catalog.proxy.faults = [Fault(kind, "GET", path)]
    assert catalog.run("verify_catalog --deep") == ""
    assert catalog.proxy.hits == 1
    count("faults survived")


@pytest.mark.parametrize("command", ["verify_catalog", "rebuild_catalog"])
def test_a_server_that_goes_in_the_middle_is_one_clear_line(catalog: Catalog, command: str) -> None:
    catalog.proxy.faults = [Fault(Kind.REFUSED, first=4, times=0)]
    said = catalog.run(command)
    assert "no connection" in said
    assert "\n" not in said
    count("lasting faults that ended in one clear line")
