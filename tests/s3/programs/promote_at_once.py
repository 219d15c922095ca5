"""Processes that point one alias to one version or the other, all at once: promote_at_once.py MODEL PROCESSES"""

import multiprocessing
import sys
from multiprocessing.synchronize import Barrier

import django

django.setup()  # before which no model can be imported

from catalog.services.registry.aliases import promote  # noqa: E402

TIMES = 6


def work(name: str, number: int, ready: Barrier) -> None:
    ready.wait(60)
    for turn in range(TIMES):
        promote(reference=f"{name}:{1 + (number + turn) % 2}", alias="crowded", actor=f"person-{number}")


if __name__ == "__main__":
    name, count = sys.argv[1], int(sys.argv[2])
    context = multiprocessing.get_context("fork")
    ready = context.Barrier(count)
    processes = [context.Process(target=work, args=(name, number, ready)) for number in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    sys.exit(any(process.exitcode for process in processes))
