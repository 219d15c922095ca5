"""Whether somebody works on the jobs at all: every worker beats, and one that has not for a minute counts as gone."""

import threading
from contextlib import suppress
from datetime import timedelta
from typing import Self

from django.db import Error, connection
from django.db.models.functions import Now

from catalog.models import WorkerBeat

BEAT_SECONDS, SILENT_AFTER = 15, timedelta(minutes=1)
FORGOTTEN_AFTER = timedelta(days=1)


def beat(*, worker: str) -> None:
    """Of those that died without a word, what is a day old goes."""
    if not WorkerBeat.objects.filter(worker=worker).update(beat_at=Now()):
        WorkerBeat.objects.create(worker=worker)
    WorkerBeat.objects.filter(beat_at__lt=Now() - FORGOTTEN_AFTER).delete()


def forget(*, worker: str) -> None:
    """A worker that ends says so."""
    WorkerBeat.objects.filter(worker=worker).delete()


def is_a_worker_running() -> bool:
    return WorkerBeat.objects.filter(beat_at__gte=Now() - SILENT_AFTER).exists()


class Beating:
    """While the block lasts, the worker beats in a thread of its own; `first` is set when it has.

    A database that does not answer misses a beat.
    """

    def __init__(self, worker: str) -> None:
        self.worker, self.first, self.ended = worker, threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._beat_on, name="beat", daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.ended.set()
        self.thread.join()
        with suppress(Error):
            forget(worker=self.worker)

    def _beat_on(self) -> None:
        is_over = False
        while not is_over:
            with suppress(Error):
                beat(worker=self.worker)
            connection.close()
            self.first.set()
            is_over = self.ended.wait(BEAT_SECONDS)
