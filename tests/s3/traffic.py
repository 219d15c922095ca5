"""Several machines that train, promote and predict one model at once, and whether each saw what the others had done."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sklearn.datasets import load_iris

from tests.factories import write_csv
from tests.s3.machine import PROJECT, Machine, RunningCommand

PROGRAM = PROJECT / "tests" / "s3" / "programs" / "traffic.py"
ACTIONS = ("train", "promote", "predict")
STARTING_SECONDS = 3
Action = dict[str, Any]


@dataclass(frozen=True)
class Promotion:
    """A change of production: `event` numbers its audit event, in whose order the changes were made."""

    event: int
    version: int
    machine: int
    began: float
    ended: float


@dataclass(frozen=True)
class Traffic:
    """What the machines did: each action with the number of its machine."""

    machines: Sequence[Machine]
    actions: list[Action]

    @property
    def counts(self) -> Counter[str]:
        return Counter(action["action"] for action in self.actions if "error" not in action)

    @property
    def errors(self) -> list[str]:
        return [f"{action['action']}: {action['error']}" for action in self.actions if "error" in action]

    @cached_property
    def promotions(self) -> list[Promotion]:
        """In the order in which they were made; the first is the one before the traffic."""
        told = {action["actor"]: action for action in self.actions if action["action"] == "promote"}
        events = self.machines[0].rows(
            "SELECT id, actor, to_value FROM catalog_auditevent WHERE alias = 'production' ORDER BY id"
        )
        first, *rest = events
        made = [Promotion(first["id"], int(first["to_value"]), -1, 0.0, 0.0)]
        for event in rest:
            action = told[event["actor"]]
            times = action["machine"], action["began"], action["ended"]
            made.append(Promotion(event["id"], int(event["to_value"]), *times))
        return made

    def latest_before(self, prediction: Action) -> Promotion:
        """The last change of which somebody knew before the prediction was begun: promote had returned."""
        return [each for each in self.promotions if each.ended < prediction["began"]][-1]

    @property
    def predictions(self) -> list[Action]:
        return [action for action in self.actions if action["action"] == "predict" and "error" not in action]

    @property
    def stale(self) -> list[Action]:
        """Predictions by a version that was no longer in production when they were begun, and did not come back."""
        return [each for each in self.predictions if not self._was_in_production(each)]

    def _was_in_production(self, prediction: Action) -> bool:
        latest = self.latest_before(prediction)
        return any(
            change.version == prediction["version"]
            for change in self.promotions
            if change.event >= latest.event and change.began < prediction["ended"]
        )

    @property
    def first_after_another_machine(self) -> int:
        """How many promotions were the newest that had returned when another machine began a prediction."""
        seen: set[tuple[int, int]] = set()
        for prediction in self.predictions:
            latest = self.latest_before(prediction)
            if latest.machine not in {-1, prediction["machine"]}:
                seen.add((prediction["machine"], latest.event))
        return len(seen)


def run_traffic(machines: Sequence[Machine], folder: Path, seconds: float) -> Traffic:
    """On each machine one process trains, one promotes and one predicts, all for so many seconds.

    At the end each predicts once more: at least one of them then does so after the other's promotion.
    """
    source = write_csv(load_iris(as_frame=True).data, folder, "iris.csv")
    machines[0].run("add_dataset", "flowers", source)
    machines[0].run(
        "train_model", "iris", "--dataset", "flowers", "--target", "petal width (cm)", "--estimator", "ridge",
        "--features", "petal length (cm)", "--alias", "production",
    )  # fmt: skip
    start = time.monotonic() + STARTING_SECONDS
    during = [
        (number, machine.start(action, start, start + seconds, program=PROGRAM))
        for number, machine in enumerate(machines)
        for action in ACTIONS
    ]
    actions = _what_they_did(during, patience=seconds + 300)
    after = [(number, machine.start("predict", program=PROGRAM)) for number, machine in enumerate(machines)]
    return Traffic(machines, actions + _what_they_did(after, patience=300))


def _what_they_did(running: Sequence[tuple[int, RunningCommand]], patience: float) -> list[Action]:
    """Of processes, each with the number of its machine, when all have ended."""
    actions: list[Action] = []
    for number, command in running:
        done = command.finish(timeout=patience)
        assert done.returncode == 0, done.stderr
        actions += [{**action, "machine": number} for action in json.loads(done.stdout)]
    return actions
