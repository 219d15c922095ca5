"""Many processes that do to one model whatever people do, for some seconds: crowd.py PROCESSES SECONDS DATA.csv [one]

With `one` all of them are after the newest version alone, which is seldom another.
What they did and how often it was refused is printed as JSON; anything but a CatalogError fails.
"""

import json
import multiprocessing
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

from catalog.exceptions import CatalogError
from catalog.ml.evaluation import metrics, report  # noqa: F401 - imported once for all, as the next two are
from catalog.ml.prediction import scorer  # noqa: F401 - so too
from catalog.ml.tables.profiling import inference, profile  # noqa: F401 - so too

django.setup()  # before which no model can be imported

from catalog.models import DatasetVersion, ModelVersion  # noqa: E402
from catalog.services.datasets.add_dataset import add_dataset  # noqa: E402
from catalog.services.prediction.predict import predict  # noqa: E402
from catalog.services.prediction.prediction_request import PredictionRequest  # noqa: E402
from catalog.services.registry.aliases import promote, remove_alias, roll_back  # noqa: E402
from catalog.services.registry.curation import archive, move_to_trash, restore  # noqa: E402
from catalog.services.registry.trash import purge_trash  # noqa: E402
from catalog.services.training.request import TrainingRequest  # noqa: E402
from catalog.services.training.train_model import train_model  # noqa: E402

MODEL, DATASET, ALIASES = "iris", "flowers", ("production", "staging")
TRAINING: dict[str, Any] = {"target": "petal width (cm)", "estimator": "ridge", "features": ("petal length (cm)",)}
PATIENCE_SECONDS = 60
ON_ONE = sys.argv[4:] == ["one"]
# The others succeed by chance: what is purged must be used by none.
USUAL = ["train", *(f"promote {alias}" for alias in ALIASES), "roll_back", "archive", "restore", "delete"]
AWAITED = ["promote production"] if ON_ONE else USUAL
ever_done = multiprocessing.Array("b", len(AWAITED))  # shared by all


class Person:
    """Somebody who knows no more of what the others do than the database says.

    Each action says what it did, or nothing where there was nothing to do it to.
    """

    def __init__(self, number: int, source: Path) -> None:
        self.chance, self.actor, self.source = random.Random(number), f"person-{number}", source
        self.actions: dict[Callable[[], str | None], int] = {
            self.train: 1 if ON_ONE else 30,
            self.promote: 30,
            self.roll_back: 15,
            self.archive: 5,
            self.restore: 10,
            self.delete: 6,
            self.remove_alias: 2,
            self.purge: 10 if ON_ONE else 2,
            self.predict: 10 if ON_ONE else 2,
            self.add_data: 3,
            self.restore_data: 2,
            self.delete_data: 4,
        }

    def work(self, until: float) -> Counter[str]:
        """Until that time, and on until somebody has done each of the awaited things once."""
        done: Counter[str] = Counter()
        while time.monotonic() < until or (not all(ever_done) and time.monotonic() < until + PATIENCE_SECONDS):
            (action,) = self.chance.choices(list(self.actions), list(self.actions.values()))
            try:
                what = action()
            except CatalogError as error:
                done[f"{action.__name__}: {type(error).__name__}"] += 1
            else:
                done[what or f"{action.__name__}: nothing there"] += 1
                if what in AWAITED:
                    ever_done[AWAITED.index(what)] = 1
        return done

    def any(self, rows: Any) -> Any:
        found = list(rows.order_by("-pk")[: 1 if ON_ONE else 20])
        return self.chance.choice(found) if found else None

    def version(self) -> Any:
        return self.any(ModelVersion.objects.select_related("registered_model", "dataset_version__dataset"))

    def data(self) -> Any:
        return self.any(DatasetVersion.objects.select_related("dataset"))

    @property
    def alias(self) -> str:
        return self.chance.choice(ALIASES)

    def train(self) -> str:
        seed = self.chance.randrange(10**6)
        train_model(request=TrainingRequest(MODEL, DATASET, **TRAINING, random_state=seed), actor=self.actor)
        return "train"

    def promote(self) -> str | None:
        version = self.any(ModelVersion.objects.ready().select_related("registered_model"))
        if version is None:
            return None
        alias = self.alias
        promote(reference=version.reference, alias=alias, actor=self.actor)
        return f"promote {alias}"

    def roll_back(self) -> str:
        roll_back(name=MODEL, alias=self.alias, actor=self.actor)
        return "roll_back"

    def remove_alias(self) -> str:
        remove_alias(name=MODEL, alias=self.alias, actor=self.actor)
        return "remove_alias"

    def archive(self) -> str | None:
        if version := self.version():
            archive(version=version, actor=self.actor)
        return "archive" if version else None

    def restore(self) -> str | None:
        if version := self.version():
            restore(version=version, actor=self.actor)
        return "restore" if version else None

    def delete(self) -> str | None:
        if version := self.version():
            move_to_trash(version=version, actor=self.actor)
        return "delete" if version else None

    def purge(self) -> str:
        purge_trash(actor=self.actor, older_than=timedelta(seconds=0 if ON_ONE else 1))
        return "purge"

    def add_data(self) -> str:
        lines = self.source.read_text().splitlines()
        with self.source.with_name(f"{self.actor}.csv").open("w") as file:
            file.write("\n".join([lines[0], *self.chance.sample(lines[1:], 120)]))
        add_dataset(name=DATASET, source=file.name, actor=self.actor)
        return "add_data"

    def restore_data(self) -> str | None:
        trashed = DatasetVersion.objects.select_related("dataset").exclude(trashed_at=None)
        if version := self.any(trashed) or self.data():
            restore(version=version, actor=self.actor)
        return "restore_data" if version else None

    def delete_data(self) -> str | None:
        if version := self.data():
            move_to_trash(version=version, actor=self.actor)
        return "delete_data" if version else None

    def predict(self) -> str:
        request = PredictionRequest(f"{MODEL}@{self.alias}", f"dataset:{DATASET}")
        predict(request=request, actor=self.actor)
        return "predict"


def work(number: int) -> Counter[str]:
    return Person(number, Path(sys.argv[3])).work(time.monotonic() + float(sys.argv[2]))


if __name__ == "__main__":
    processes = int(sys.argv[1])
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        told = sum(pool.map(work, range(processes), chunksize=1), Counter())
    sys.stdout.write(json.dumps(told))
