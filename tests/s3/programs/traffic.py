"""One who trains, promotes or predicts `iris` again and again: traffic.py train|promote|predict START UNTIL

START and UNTIL are times of the clock that all processes of the system share (CLOCK_MONOTONIC). Each action is done
some times at least, and predicting goes on until it has met some versions; without the two times it is done once. What
was done is printed as JSON: per action when it began and ended, and the version it was about, or the error. Nothing is
expected to fail.
"""

import json
import os
import random
import sys
import time
from typing import Any

import django

django.setup()  # before which no model can be imported

from catalog.models import ModelVersion  # noqa: E402
from catalog.services.prediction.predict import predict  # noqa: E402
from catalog.services.prediction.prediction_request import PredictionRequest  # noqa: E402
from catalog.services.registry.aliases import promote  # noqa: E402
from catalog.services.training.request import TrainingRequest  # noqa: E402
from catalog.services.training.train_model import train_model  # noqa: E402

MODEL, DATASET = "iris", "flowers"
TRAINING: dict[str, Any] = {"target": "petal width (cm)", "estimator": "ridge", "features": ("petal length (cm)",)}
PROMOTED_OF = 20
LEAST_ACTIONS, VERSIONS_MET, PATIENCE_SECONDS = 3, 3, 60
PAUSE_SECONDS = 1.0
chance = random.Random()


def train_once(actor: str) -> int:
    request = TrainingRequest(MODEL, DATASET, **TRAINING, random_state=chance.randrange(2**32))
    return train_model(request=request, actor=actor).version.number


def promote_once(actor: str) -> int:
    others = ModelVersion.objects.ready().exclude(aliases__name="production").select_related("registered_model")
    newest = list(others.order_by("-number")[:PROMOTED_OF])
    return promote(reference=chance.choice(newest).reference, alias="production", actor=actor).version.number


def wait_for_another_version() -> None:
    """And for a while, before each promotion: the rarer they are, the fewer versions may be predicted with."""
    time.sleep(chance.uniform(0, PAUSE_SECONDS))
    while ModelVersion.objects.ready().count() < 2:
        time.sleep(PAUSE_SECONDS / 10)


def predict_once(actor: str) -> int:
    return predict(request=PredictionRequest(MODEL, f"dataset:{DATASET}"), actor=actor).version.number


def act(action: str, number: int) -> dict[str, Any]:
    """Do it once, as somebody whose name no other action has."""
    actor = f"{os.environ['HOME']} {action} {os.getpid()} {number}"
    if action == "promote":
        wait_for_another_version()
    told: dict[str, Any] = {"action": action, "actor": actor, "began": time.monotonic()}
    try:
        told["version"] = {"train": train_once, "promote": promote_once, "predict": predict_once}[action](actor)
    except Exception as error:  # whatever it is, it is told
        told["error"] = f"{type(error).__name__}: {error}"
    return told | {"ended": time.monotonic()}


def is_done(action: str, done: list[dict[str, Any]], until: float) -> bool:
    met = {told.get("version") for told in done}
    late = time.monotonic() > until + PATIENCE_SECONDS
    enough = len(done) >= LEAST_ACTIONS and (action != "predict" or len(met) >= VERSIONS_MET)
    return time.monotonic() >= until and (enough or late)


def act_again_and_again(action: str, start: float, until: float) -> list[dict[str, Any]]:
    time.sleep(max(0.0, start - time.monotonic()))
    done: list[dict[str, Any]] = []
    while not is_done(action, done, until):
        done.append(act(action, len(done)))
    return done


if __name__ == "__main__":
    action, *times = sys.argv[1:]
    told = act_again_and_again(action, *map(float, times)) if times else [act(action, 0)]
    sys.stdout.write(json.dumps(told))
