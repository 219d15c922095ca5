"""Workers beat while they live; one that has been silent for a minute is not counted."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import WorkerBeat
from catalog.services.jobs.watching.worker_beats import Beating, beat, forget, is_a_worker_running

pytestmark = pytest.mark.both_databases


def silent_for(seconds: int) -> None:
    WorkerBeat.objects.update(beat_at=timezone.now() - timedelta(seconds=seconds))


def test_a_worker_that_beats_is_running(db: None) -> None:
    assert not is_a_worker_running()
    beat(worker="gallifrey:1")
    assert is_a_worker_running()


@pytest.mark.parametrize(("seconds", "is_running"), [(50, True), (70, False)])
def test_a_worker_that_was_silent_for_a_minute_is_gone(db: None, seconds: int, is_running: bool) -> None:
    beat(worker="gallifrey:1")
    silent_for(seconds)
    assert is_a_worker_running() is is_running


def test_a_silent_worker_that_beats_again_is_back(db: None) -> None:
    beat(worker="gallifrey:1")
    silent_for(3600)
    beat(worker="gallifrey:1")
    assert is_a_worker_running()
    assert WorkerBeat.objects.count() == 1


def test_a_worker_that_ends_says_so(db: None) -> None:
    beat(worker="gallifrey:1")
    forget(worker="gallifrey:1")
    assert not is_a_worker_running()


def test_workers_that_died_are_forgotten_after_a_day(db: None) -> None:
    beat(worker="gallifrey:1")
    silent_for(25 * 3600)
    beat(worker="gallifrey:2")
    assert [str(worker) for worker in WorkerBeat.objects.all()] == ["gallifrey:2"]


@pytest.mark.django_db(transaction=True)
def test_a_worker_beats_while_its_block_lasts() -> None:
    with Beating("gallifrey:1") as beating:
        beating.first.wait(20)
        assert is_a_worker_running()
    assert not is_a_worker_running()
