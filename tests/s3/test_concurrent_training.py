"""Many processes that train and promote one model at once come out as if one after another."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.s3.bucket import Bucket
from tests.s3.machine import TRAIN_TUMOUR, Machine, RunningCommand

SOAK = os.environ.get("CATALOG_SOAK") == "1"
PROCESSES, ROUNDS = (16, 3) if SOAK else (8, 1)


def finish(commands: Sequence[RunningCommand]) -> None:
    for command in commands:
        done = command.finish(timeout=300)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def crowded(machine: Callable[..., Machine], cancer_csv: Path) -> Machine:
    """A machine on which the processes trained `tumour`, all at once in each round, then promoted a version each.

    On SQLite; what 16 processes do on PostgreSQL is in test_many_processes.
    """
    made = machine(engine="sqlite")
    made.run("add_dataset", "cancer", cancer_csv)
    for _ in range(ROUNDS):
        finish([made.start(*TRAIN_TUMOUR, "--random-state", state) for state in range(PROCESSES)])
    numbers = range(1, PROCESSES * ROUNDS + 1)
    for first in range(0, len(numbers), PROCESSES):
        finish(
            [
                made.start("promote", f"tumour:{number}", "--reason", "its turn")
                for number in numbers[first : first + PROCESSES]
            ]
        )
    return made


def promotions(crowded: Machine) -> list[dict[str, str]]:
    return crowded.rows(
        "SELECT from_value, to_value FROM catalog_auditevent WHERE verb = 'promoted' "
        "AND object_name = 'tumour' AND alias = 'production' ORDER BY id"
    )


def test_every_process_gets_a_version_of_its_own(crowded: Machine) -> None:
    rows = crowded.rows("SELECT number, status FROM catalog_modelversion ORDER BY number")
    assert rows == [{"number": number, "status": "READY"} for number in range(1, PROCESSES * ROUNDS + 1)]


def test_every_version_has_its_object(crowded: Machine, bucket: Bucket) -> None:
    rows = crowded.rows("SELECT artifact, sha256 FROM catalog_modelversion")
    stored = {f"{crowded.location}/{row['artifact']}": row["sha256"] for row in rows}
    assert {key: bucket.sha256(key) for key in bucket.objects(crowded) if key.endswith(".joblib")} == stored


def test_every_training_is_one_event(crowded: Machine) -> None:
    rows = crowded.rows("SELECT version_number FROM catalog_auditevent WHERE verb = 'model_trained'")
    assert sorted(row["version_number"] for row in rows) == list(range(1, PROCESSES * ROUNDS + 1))


def test_one_version_is_in_production_after_all_promotions(crowded: Machine) -> None:
    (alias,) = crowded.rows(
        "SELECT v.number FROM catalog_alias a JOIN catalog_modelversion v ON v.id = a.model_version_id "
        "WHERE a.name = 'production'"
    )
    assert str(alias["number"]) == promotions(crowded)[-1]["to_value"]


def test_every_promotion_is_one_event(crowded: Machine) -> None:
    told = sorted(int(event["to_value"]) for event in promotions(crowded))
    assert told == list(range(1, PROCESSES * ROUNDS + 1))


def test_each_promotion_starts_where_the_one_before_it_ended(crowded: Machine) -> None:
    events = promotions(crowded)
    assert [event["from_value"] for event in events] == ["", *(event["to_value"] for event in events[:-1])]
