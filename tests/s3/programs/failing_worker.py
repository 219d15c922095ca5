"""A worker that fails in one way: failing_worker.py HOW NUMBER dask_worker …

`before` and `after` are when it kills itself, as kill -9 does, around storing the part of that number; `slow` takes so
many tenths of a second for each part; `unlike` has a scikit-learn 1.NUMBER.
"""

import os
import signal
import sys
import time
from pathlib import Path

import django

django.setup()

from django.core.management import execute_from_command_line  # noqa: E402

from catalog.services.distributed import scoring, tasks  # noqa: E402
from catalog.services.distributed.parts import Job, Part  # noqa: E402

program, how, number, *command = sys.argv
store, libraries = scoring._store, tasks.libraries


def failing_store(job: Job, part: Part, result: Path) -> tuple[int, str]:
    if how == "slow":
        time.sleep(int(number) / 10)
    if (how, int(number)) == ("before", part.number):
        os.kill(os.getpid(), signal.SIGKILL)
    stored = store(job, part, result)
    if (how, int(number)) == ("after", part.number):
        os.kill(os.getpid(), signal.SIGKILL)
    return stored


scoring._store = failing_store
if how == "unlike":
    tasks.libraries = lambda: {**libraries(), "scikit-learn": f"1.{number}"}
execute_from_command_line([program, *command])
