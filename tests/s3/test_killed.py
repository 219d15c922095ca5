"""kill -9 at any step of a write: no READY version without its object, nothing overwritten, and the next run works."""

import hashlib
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.s3.bucket import Bucket
from tests.s3.machine import PROJECT, TRAIN_TUMOUR, Machine
from tests.s3.recovery import findings, repair
from tests.summary import count

KILLED = PROJECT / "tests" / "s3" / "programs" / "killed_command.py"
STEPS = (
    "before the row",
    "before the row is committed",
    "after the row",
    "during the upload",
    "after the upload",
    "after the manifest",
    "before READY is committed",
)
CASES = [("sqlite", step) for step in STEPS] + [
    ("postgres", step) for step in ("before the row is committed", "after the upload", "before READY is committed")
]


@pytest.fixture(scope="module")
def killed_machine(machine: Callable[..., Machine], cancer_csv: Path) -> Callable[[str], Machine]:
    """The machine of an engine, the same for all steps, so that each must cope with what the others left."""
    machines: dict[str, Machine] = {}

    def get(engine: str) -> Machine:
        if engine not in machines:
            machines[engine] = machine(engine=engine)
            machines[engine].run("add_dataset", "cancer", cancer_csv)
        return machines[engine]

    return get


def versions(machine: Machine, kind: str) -> list[dict[str, Any]]:
    column = {"dataset": "file", "model": "artifact"}[kind]
    return machine.rows(
        f"SELECT number, status, {column} AS key, size_bytes, sha256 FROM catalog_{kind}version ORDER BY id"
    )


def assert_sound(machine: Machine, bucket: Bucket, before: dict[str, str]) -> None:
    """What is READY has its object, and the objects that were there are there unchanged."""
    now = bucket.objects(machine)
    assert {key: now.get(key) for key in before} == before
    for row in [*versions(machine, "dataset"), *versions(machine, "model")]:
        if row["status"] == "READY":
            content = bucket.read(f"{machine.location}/{row['key']}")
            assert (len(content), hashlib.sha256(content).hexdigest()) == (row["size_bytes"], row["sha256"])
            assert f"{machine.location}/{row['key'].rpartition('/')[0]}/manifest.json" in now


def kill(machine: Machine, step: str, *command: object) -> None:
    done = machine.run(step, *command, program=KILLED, check=False)
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    count("kills at chosen steps of a write")


@pytest.mark.parametrize(("engine", "step"), CASES)
def test_a_killed_training_leaves_the_catalog_sound(
    killed_machine: Callable[[str], Machine], bucket: Bucket, engine: str, step: str
) -> None:
    machine = killed_machine(engine)
    before, rows = bucket.objects(machine), versions(machine, "model")
    kill(machine, step, *TRAIN_TUMOUR)
    left = versions(machine, "model")[len(rows) :]
    assert [row["status"] for row in left] == ([] if step in STEPS[:2] else ["PENDING"])
    assert_sound(machine, bucket, before)
    before = bucket.objects(machine)
    assert machine.json(*TRAIN_TUMOUR)["version"] == len(rows) + len(left) + 1
    assert_sound(machine, bucket, before)


@pytest.mark.parametrize(("engine", "step"), CASES)
def test_a_killed_addition_leaves_the_catalog_sound(
    killed_machine: Callable[[str], Machine], bucket: Bucket, tmp_path: Path, engine: str, step: str
) -> None:
    machine, name = killed_machine(engine), step.replace(" ", "-").lower()
    source = tmp_path / "new.csv"
    source.write_text("a,b\n" + "".join(f"{row},{step}\n" for row in range(1000)))
    before, rows = bucket.objects(machine), versions(machine, "dataset")
    kill(machine, step, "add_dataset", name, source)
    left = versions(machine, "dataset")[len(rows) :]
    assert [row["status"] for row in left] == ([] if step in STEPS[:2] else ["PENDING"])
    assert_sound(machine, bucket, before)
    before = bucket.objects(machine)
    told = machine.json("add_dataset", name, source)
    assert (told["version"], told["created"]) == (len(left) + 1, True)
    assert_sound(machine, bucket, before)


def test_an_upload_in_parts_that_is_killed_leaves_no_object(
    killed_machine: Callable[[str], Machine], bucket: Bucket, tmp_path: Path
) -> None:
    machine, source = killed_machine("sqlite"), tmp_path / "large.csv"
    line = "x" * 1_000_000
    source.write_text("text\n" + "".join(f"{row}{line}\n" for row in range(70)))
    before = bucket.objects(machine)
    kill(machine, "during the upload", "add_dataset", "large", source)
    (added,) = set(bucket.objects(machine)) - set(before)
    assert added.endswith("/datasets/large/manifest.json")
    assert machine.json("add_dataset", "large", source)["version"] == 2
    assert_sound(machine, bucket, before)


@pytest.mark.parametrize("step", ["before the first deletion", "after the first deletion"])
def test_a_purge_that_is_killed_leaves_objects_that_are_found_and_removed(
    killed_machine: Callable[[str], Machine], bucket: Bucket, step: str
) -> None:
    machine = killed_machine("sqlite")
    reference = machine.json(*TRAIN_TUMOUR)["reference"]
    machine.run("delete_version", reference)
    before, rows = bucket.objects(machine), versions(machine, "model")
    kill(machine, step, "purge_trash", "--older-than", "0d", "--yes")
    assert versions(machine, "model") == rows[:-1]
    left = {key for key in bucket.objects(machine) if f"/v{rows[-1]['number']:04d}/" in key and "/tumour/" in key}
    assert len(left) == (2 if step.startswith("before") else 1)
    assert {f"s3://{bucket.name}/{key}" for key in left} <= {found["where"] for found in findings(machine)}
    repair(machine)
    assert not left & set(bucket.objects(machine))
    assert_sound(machine, bucket, {key: etag for key, etag in before.items() if f"{machine.location}/events/" in key})
