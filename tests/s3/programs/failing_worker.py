"""A worker that fails in one way, or tells what it does: failing_worker.py HOW NUMBER dask_worker …

`before` and `after` are when it kills itself, as kill -9 does, around storing the part of that number; `crowded` dies
as `before`, while what it does beside that part takes half a second; `slow` takes so many tenths of a second for each
part; `telling` says each fold that it scores, and takes so many tenths of a second for it; `unlike` has a scikit-learn
1.NUMBER, and says folds too.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import django
from django.core.management import execute_from_command_line

from catalog.ml.evaluation import metrics

django.setup()  # before which no model can be imported


from catalog.services.distributed import part_scoring, worker_tasks  # noqa: E402
from catalog.services.distributed.part_messages import Part, PartTask  # noqa: E402

program, how, number, *command = sys.argv
store, libraries, measure = part_scoring._store, worker_tasks.libraries, metrics.measure


def store_or_fail(task: PartTask, part: Part, result: Path) -> tuple[int, str]:
    if how == "slow":
        time.sleep(int(number) / 10)
    if how == "crowded" and int(number) != part.number:
        time.sleep(0.5)
    if int(number) == part.number and how in {"before", "crowded"}:
        os.kill(os.getpid(), signal.SIGKILL)
    stored = store(task, part, result)
    if (how, int(number)) == ("after", part.number):
        os.kill(os.getpid(), signal.SIGKILL)
    return stored


def measure_aloud(*arguments: Any, **options: Any) -> Any:
    if how == "telling":
        time.sleep(int(number) / 10)
    sys.stdout.write("A fold is scored.\n")
    sys.stdout.flush()
    return measure(*arguments, **options)


part_scoring._store = store_or_fail
if how in {"telling", "unlike"}:
    metrics.measure = measure_aloud
if how == "unlike":
    worker_tasks.libraries = lambda modules=(): {**libraries(modules), "scikit-learn": f"1.{number}"}
execute_from_command_line([program, *command])
