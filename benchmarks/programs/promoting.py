"""Promotions, timed within the service.

python -m benchmarks.programs.promoting prepare MODELS FOLDER    two versions of each, copies of one that is trained
python -m benchmarks.programs.promoting one|many MODEL
"""

import json
import os
import sys
import time
from pathlib import Path

TIMES = 50
SECONDS = 4


def prepare(count: str, folder: str) -> None:
    from benchmarks.admin import copies
    from tests.factories import make_version

    first = make_version(Path(folder))
    names = [f"model-{number}" for number in range(int(count))]
    parents = list(copies(first.registered_model, name=iter(names)))
    type(parents[0]).objects.bulk_create(parents)
    for number in (1, 2):
        rows = copies(first, registered_model_id=(parent.pk for parent in parents), number=(number for _ in parents))
        type(first).objects.bulk_create(list(rows))


def one(model: str) -> None:
    """How long each of 50 promotions takes, in ms, after a first one that connects to everything."""
    taken = []
    for at in range(TIMES + 1):
        started = time.perf_counter()
        promoted(model, at)
        taken.append(1000 * (time.perf_counter() - started))
    print(json.dumps({"milliseconds": taken[1:]}))


def many(model: str) -> None:
    """As many as go into four seconds, once standard input says that all processes are ready: their number, and when
    they began and ended."""
    promoted(model, 1)
    print("ready", flush=True)
    sys.stdin.readline()
    began, count = time.time(), 0
    while time.time() < began + SECONDS:
        promoted(model, count)
        count += 1
    print(count, began, time.time())


def promoted(model: str, at: int) -> None:
    from catalog.services.registry.aliases import promote

    promote(reference=f"{model}:{at % 2 + 1}", alias="production", actor="benchmark")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "s3site.settings")
    import django

    django.setup()
    {"prepare": prepare, "one": one, "many": many}[sys.argv[1]](*sys.argv[2:])
