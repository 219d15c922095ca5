"""kill -9 at random moments of everything that writes: what is READY is whole, and a repair leaves nothing to find."""

import hashlib
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.s3.bucket import Bucket
from tests.s3.machine import TRAIN_TUMOUR, Machine, RunningCommand
from tests.s3.recovery import PROGRAMS, assert_rebuilt_from_the_bucket, findings, repair
from tests.summary import count

ANNOUNCED = PROGRAMS / "announced_command.py"
SOAK = os.environ.get("CATALOG_SOAK") == "1"
KILLS = 20 if SOAK else 2  # of each command on each engine
KILLED = ("add_dataset", "train_model", "promote", "predict", "purge_trash")
ENGINES = ("sqlite", "postgres") if SOAK else ("postgres",)  # test_killed kills at chosen steps on both
STORED = {
    "modelversion": "SELECT artifact AS key, sha256, status FROM catalog_modelversion",
    "datasetversion": "SELECT file AS key, sha256, status FROM catalog_datasetversion",
    "prediction": "SELECT output AS key, output_sha256 AS sha256, status FROM catalog_prediction",
}

usual_seconds: dict[str, float] = {}  # by command: how long it takes when nobody kills it


@dataclass
class Killer:
    """Runs commands on a machine and kills them; `kills` counts those that died."""

    machine: Machine
    engine: str
    cancer: Path
    chance: random.Random = field(default_factory=random.Random)
    kills: Counter[str] = field(default_factory=Counter)
    runs: int = 0

    def commands(self, name: str) -> list[list[str]]:
        """The command by that name, last, behind those that make it do something each time."""
        self.runs += 1
        source, old = self.machine.work / f"{self.runs}.csv", f"old-{self.runs}"
        source.write_text("a,b\n" + "".join(f"{row},{self.runs}\n" for row in range(500)))
        before = {
            "promote": [["promote", "tumour:1", "--reason", "the older"]],
            "purge_trash": [["add_dataset", old, str(source)], ["delete_dataset", f"{old}:1"]],
        }
        command = {
            "add_dataset": ["add_dataset", "growing", str(source)],
            "train_model": [*TRAIN_TUMOUR, "--random-state", str(self.runs), "--alias", "staging"],
            "promote": ["promote", "tumour:2", "--reason", "the newer"],
            "predict": ["predict", "tumour:1", "--input", str(self.cancer)],
            "purge_trash": ["purge_trash", "--older-than", "0d", "--yes"],
        }
        return [*before.get(name, []), command[name]]

    def start(self, name: str) -> RunningCommand:
        """The command at its beginning."""
        running = self.machine.start(json.dumps(self.commands(name)), program=ANNOUNCED)
        while "started" not in (running.folder / "stdout").read_text():
            assert running.process.is_alive(), running.finish(0).stderr
            time.sleep(0.002)
        return running

    def seconds_of(self, name: str) -> float:
        running, begun = self.start(name), time.monotonic()
        running.process.join(120)
        lasted = time.monotonic() - begun
        done = running.finish(0)
        assert done.returncode == 0, done.stderr
        return lasted

    def kill(self, name: str, within_seconds: float) -> None:
        running = self.start(name)
        time.sleep(self.chance.uniform(0, within_seconds))
        running.process.kill()
        done = running.finish(60)
        assert done.returncode in {0, -signal.SIGKILL}, done.stderr
        self.kills[name] += done.returncode != 0


@pytest.fixture(scope="module", params=ENGINES)
def killer(request: pytest.FixtureRequest, machine: Callable[..., Machine], cancer_csv: Path) -> Killer:
    """On a catalog in which each command was killed as often as is asked for; the others go on with what that left."""
    made = Killer(machine(engine=request.param), request.param, cancer_csv)
    made.machine.run("add_dataset", "cancer", cancer_csv)
    for alias in ("production", "staging"):
        made.machine.run(*TRAIN_TUMOUR, "--alias", alias)
    for name in KILLED:
        usual_seconds[name] = usual_seconds.get(name) or made.seconds_of(name)
        while made.kills[name] < KILLS:
            made.kill(name, usual_seconds[name])
    return made


def test_what_is_ready_is_there_as_it_is_recorded(killer: Killer, bucket: Bucket) -> None:
    stored = bucket.objects(killer.machine)
    for query in STORED.values():
        for row in killer.machine.rows(query):
            if row["status"] == "READY":
                key = f"{killer.machine.location}/{row['key']}"
                assert hashlib.sha256(bucket.read(key)).hexdigest() == row["sha256"]
                assert f"{key.rpartition('/')[0]}/manifest.json" in stored


def test_the_aliases_are_where_the_last_of_their_events_put_them(killer: Killer) -> None:
    moved = killer.machine.rows("SELECT alias, to_value FROM catalog_auditevent WHERE alias != '' ORDER BY id")
    held = killer.machine.rows(
        "SELECT a.name, v.number FROM catalog_alias a JOIN catalog_modelversion v ON v.id = a.model_version_id"
    )
    assert {row["name"]: str(row["number"]) for row in held} == {row["alias"]: row["to_value"] for row in moved}


@pytest.fixture(scope="module")
def repaired(killer: Killer) -> Killer:
    """What was found of the kills is repaired; a few may all have come where nothing is left open."""
    assert not SOAK or findings(killer.machine)
    repair(killer.machine)
    count("kills survived", killer.kills.total())
    return killer


@pytest.mark.parametrize("table", STORED)
def test_after_the_repair_nothing_is_half_done(repaired: Killer, table: str) -> None:
    states: list[dict[str, Any]] = repaired.machine.rows(f"SELECT DISTINCT status FROM catalog_{table}")
    assert {row["status"] for row in states} <= {"READY", "FAILED"}


def test_after_the_repair_the_bucket_holds_nothing_but_what_the_rows_name(repaired: Killer, bucket: Bucket) -> None:
    named = {
        f"{repaired.machine.location}/{row['key']}"
        for query in STORED.values()
        for row in repaired.machine.rows(query)
        if row["status"] == "READY"
    }
    assert {key for key in bucket.objects(repaired.machine) if not key.endswith(".json")} == named


def test_after_the_repair_every_event_is_in_the_bucket(repaired: Killer, bucket: Bucket) -> None:
    events = repaired.machine.rows("SELECT id, verb FROM catalog_auditevent")
    stored = [key.rpartition("/")[2] for key in bucket.objects(repaired.machine) if "/events/" in key]
    assert sorted(stored) == sorted(f"{event['id']:09d}-{event['verb']}.json" for event in events)


def test_every_row_comes_back_from_the_bucket(repaired: Killer, machine: Callable[..., Machine]) -> None:
    assert_rebuilt_from_the_bucket(repaired.machine, machine, repaired.engine)
