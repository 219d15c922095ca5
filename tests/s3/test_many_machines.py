"""Two machines with homes and caches of their own, one PostgreSQL and one bucket, that do everything at once."""

import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.s3.machine import Machine
from tests.s3.recovery import findings
from tests.s3.traffic import ACTIONS, Promotion, Traffic, run_traffic
from tests.summary import count

SECONDS = 300 if os.environ.get("CATALOG_SOAK") == "1" else 5


@pytest.fixture(scope="module")
def traffic(machine: Callable[..., Machine], tmp_path_factory: pytest.TempPathFactory) -> Traffic:
    first = machine(engine="postgres")
    made = run_traffic([first, machine(beside=first)], tmp_path_factory.mktemp("iris"), SECONDS)
    count("actions by two machines at once", made.counts.total())
    return made


def test_both_machines_train_promote_and_predict(traffic: Traffic) -> None:
    done = {(action["machine"], action["action"]) for action in traffic.actions if "error" not in action}
    assert done == {(number, action) for number in (0, 1) for action in ACTIONS}


def test_nothing_fails(traffic: Traffic) -> None:
    assert traffic.errors == []


def test_every_training_gets_a_number_of_its_own(traffic: Traffic) -> None:
    rows = traffic.machines[0].rows("SELECT number, status FROM catalog_modelversion ORDER BY number")
    trained = sorted(action["version"] for action in traffic.actions if action["action"] == "train")
    assert trained == list(range(2, len(rows) + 1))
    assert {row["status"] for row in rows} == {"READY"}


def test_a_promotion_is_seen_by_the_next_prediction_on_the_other_machine(traffic: Traffic) -> None:
    assert traffic.first_after_another_machine
    assert traffic.stale == []


def test_a_prediction_by_the_version_before_would_be_noticed(traffic: Traffic) -> None:
    changes = traffic.promotions
    late = Promotion(changes[-1].event + 1, 10**6, 0, changes[-1].ended, changes[-1].ended + 1)
    told = replace(
        traffic,
        actions=[
            {"action": "predict", "version": changes[-1].version, "began": late.ended + 1, "ended": late.ended + 2}
        ],
    )
    told.__dict__["promotions"] = [*changes, late]
    assert told.stale == told.actions


def test_each_machine_keeps_files_of_its_own(traffic: Traffic) -> None:
    for machine in traffic.machines:
        assert list((machine.home / "cache").glob("*/*"))


def test_verification_of_every_byte_finds_nothing(traffic: Traffic) -> None:
    assert findings(traffic.machines[0]) == []
