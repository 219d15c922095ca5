"""Sixteen processes that train, promote, roll back, archive and delete at once come out as if one after another."""

import json
import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sklearn.datasets import load_iris

from catalog.storage.keys import published_alias
from tests.factories import write_csv
from tests.s3.bucket import Bucket
from tests.s3.machine import PROJECT, Machine
from tests.s3.recovery import assert_rebuilt_from_the_bucket, repair
from tests.summary import count

CROWD = PROJECT / "tests" / "s3" / "programs" / "crowd.py"
SOAK = os.environ.get("CATALOG_SOAK") == "1"
PROCESSES, SECONDS = 16, 300 if SOAK else 3


@dataclass(frozen=True)
class Crowded:
    """What the processes left behind; `done` counts what they did and what was refused, by kind."""

    machine: Machine
    done: dict[str, int]

    def rows(self, query: str) -> list[dict[str, Any]]:
        return self.machine.rows(query)

    def events(self, kind: str) -> list[dict[str, Any]]:
        return self.rows(f"SELECT * FROM catalog_auditevent WHERE object_type = '{kind}' ORDER BY id")

    def versions(self, kind: str) -> list[dict[str, Any]]:
        """With the parent's name and the key of the object."""
        parent, table, key = {
            "model": ("registered_model", "registeredmodel", "artifact"),
            "dataset": ("dataset", "dataset", "file"),
        }[kind]
        return self.rows(
            f"SELECT v.*, p.name, v.{key} AS key FROM catalog_{kind}version v "
            f"JOIN catalog_{table} p ON p.id = v.{parent}_id ORDER BY number"
        )


@pytest.fixture(scope="module")
def crowded(machine: Callable[..., Machine], tmp_path_factory: pytest.TempPathFactory) -> Crowded:
    made = machine(engine="postgres")
    source = write_csv(load_iris(as_frame=True).data, tmp_path_factory.mktemp("iris"), "iris.csv")
    made.run("add_dataset", "flowers", source)
    done = json.loads(made.run(PROCESSES, SECONDS, source, program=CROWD, timeout=SECONDS + 300).stdout)
    count("changes by 16 processes at once", sum(number for name, number in done.items() if ":" not in name))
    return Crowded(made, done)


@pytest.mark.parametrize("engine", ["postgres", "sqlite"] if SOAK else ["postgres"])
def test_whatever_is_done_at_once_to_one_version_comes_out_as_one_after_another(
    machine: Callable[..., Machine], tmp_path_factory: pytest.TempPathFactory, engine: str
) -> None:
    made = machine(engine=engine)
    source = write_csv(load_iris(as_frame=True).data, tmp_path_factory.mktemp("iris"), "iris.csv")
    made.run("add_dataset", "flowers", source)
    processes, seconds = (6, 60) if SOAK else (3, 2)
    done = json.loads(made.run(processes, seconds, source, "one", program=CROWD, timeout=seconds + 300).stdout)
    crowded = Crowded(made, done)
    tried = {name.partition(":")[0].partition(" ")[0] for name in done}
    assert ({"promote", "purge", "archive", "predict"} if SOAK else {"promote"}) <= tried, done
    states = {row["id"]: _state(row) for row in crowded.versions("model")}
    assert {states[row["model_version_id"]] for row in crowded.rows("SELECT * FROM catalog_alias")} <= {"READY"}
    ready = crowded.rows("SELECT * FROM catalog_prediction WHERE status = 'READY'")
    assert {row["model_version_id"] for row in ready} <= states.keys()
    repair(made)
    if SOAK:
        assert_rebuilt_from_the_bucket(made, machine, engine)
    count("changes of one version by processes at once", sum(n for name, n in done.items() if ":" not in name))


def test_the_processes_did_all_that_people_do(crowded: Crowded) -> None:
    promoted = ("promote production", "promote staging")
    assert {"train", *promoted, "roll_back", "archive", "restore", "delete"} <= crowded.done.keys()


@pytest.mark.parametrize("kind", ["model", "dataset"])
def test_every_number_was_given_once_and_is_a_row_or_was_purged(crowded: Crowded, kind: str) -> None:
    there = [row["number"] for row in crowded.versions(kind)]
    purged = [event["version_number"] for event in crowded.events(kind) if event["verb"] == "purged"]
    parent = {"model": "registeredmodel", "dataset": "dataset"}[kind]
    (next_number,) = (row["next_number"] for row in crowded.rows(f"SELECT next_number FROM catalog_{parent}"))
    assert sorted(there + purged) == list(range(1, next_number))


@pytest.mark.parametrize("kind", ["model", "dataset"])
def test_no_version_is_half_written(crowded: Crowded, kind: str) -> None:
    assert {row["status"] for row in crowded.versions(kind)} == {"READY"}


@pytest.mark.parametrize("kind", ["model", "dataset"])
def test_each_change_of_a_version_starts_where_the_one_before_it_ended(crowded: Crowded, kind: str) -> None:
    states: dict[int, str] = defaultdict(lambda: "PENDING")
    for event in crowded.events(kind):
        if not event["alias"] and event["version_number"]:
            assert event["from_value"] == states[event["version_number"]], event
            states[event["version_number"]] = event["to_value"]
    now = {row["number"]: _state(row) for row in crowded.versions(kind)}
    assert {number: state for number, state in states.items() if state} == now


def _state(row: dict[str, Any]) -> str:
    if row["trashed_at"]:
        return "TRASHED"
    return "ARCHIVED" if row.get("archived_at") else str(row["status"])


def test_the_events_of_the_aliases_lead_to_the_aliases(crowded: Crowded) -> None:
    held: dict[str, tuple[str, Any]] = {}
    for event in crowded.events("model"):
        if event["alias"]:
            assert event["from_value"] == held.get(event["alias"], ("", None))[0], event
            held[event["alias"]] = (event["to_value"], event["at"])
    aliases = crowded.rows(
        "SELECT a.name, a.set_at, v.number FROM catalog_alias a "
        "JOIN catalog_modelversion v ON v.id = a.model_version_id"
    )
    assert len({row["name"] for row in aliases}) == len(aliases)
    assert {row["name"]: (str(row["number"]), row["set_at"]) for row in aliases} == {
        name: version for name, version in held.items() if version[0]
    }


def test_every_alias_points_to_a_version_that_is_ready(crowded: Crowded) -> None:
    states = {row["id"]: _state(row) for row in crowded.versions("model")}
    assert {states[row["model_version_id"]] for row in crowded.rows("SELECT * FROM catalog_alias")} <= {"READY"}


def test_nothing_in_use_refers_to_the_trash(crowded: Crowded) -> None:
    data = {row["id"]: _state(row) for row in crowded.versions("dataset")}
    models = {row["id"]: row for row in crowded.versions("model")}
    used = {data[row["dataset_version_id"]] for row in models.values() if not row["trashed_at"]}
    for receipt in crowded.rows("SELECT * FROM catalog_prediction"):
        used |= {_state(models[receipt["model_version_id"]]), data[receipt["input_dataset_version_id"]]}
    assert used <= {"READY", "ARCHIVED"}


def test_every_version_and_receipt_has_its_object_and_no_object_is_left_over(crowded: Crowded, bucket: Bucket) -> None:
    rows = [*crowded.versions("model"), *crowded.versions("dataset")]
    stored = {row["key"]: row["sha256"] for row in rows}
    receipts = crowded.rows("SELECT output, output_sha256 FROM catalog_prediction WHERE status = 'READY'")
    stored |= {row["output"]: row["output_sha256"] for row in receipts}
    found = {key.removeprefix(f"{crowded.machine.location}/"): key for key in bucket.objects(crowded.machine)}
    data = {short: bucket.sha256(key) for short, key in found.items() if not short.endswith(".json")}
    assert data == stored
    beside = {f"{key.rpartition('/')[0]}/manifest.json" for key in stored}
    beside |= {"models/iris/manifest.json", "datasets/flowers/manifest.json"}
    beside |= {published_alias("iris", event["alias"]) for event in crowded.events("model") if event["alias"]}
    assert {short for short in found if short.endswith(".json") and not short.startswith("events/")} == beside


def test_what_is_published_of_each_alias_is_what_its_newest_event_says(crowded: Crowded, bucket: Bucket) -> None:
    newest = {event["alias"]: event for event in crowded.events("model") if event["alias"]}
    assert set(newest) == {"production", "staging"}
    for alias, event in newest.items():
        key = f"{crowded.machine.location}/{published_alias('iris', alias)}"
        told = json.loads(bucket.read(key))
        assert told["event"] == event["id"]
        assert str(told["version"]["number"] if told["version"] else "") == event["to_value"]


def test_every_event_is_in_the_bucket_after_a_repair_that_leaves_nothing_to_find(
    crowded: Crowded, bucket: Bucket
) -> None:
    repair(crowded.machine)
    prefix = f"{crowded.machine.location}/events/"
    stored = [key.removeprefix(prefix) for key in bucket.objects(crowded.machine) if key.startswith(prefix)]
    assert sorted(stored) == sorted(
        f"{kind}s/{event['object_name']}/{event['id']:09d}-{event['verb']}.json"
        for kind in ("dataset", "model")
        for event in crowded.events(kind)
    )


def test_every_row_comes_back_from_the_bucket(crowded: Crowded, machine: Callable[..., Machine]) -> None:
    repair(crowded.machine)
    assert_rebuilt_from_the_bucket(crowded.machine, machine, "postgres")
