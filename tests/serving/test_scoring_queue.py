"""Requests are scored together, each gets its own answer, and what can't be answered in time is told so."""

import asyncio
import gc
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from catalog.exceptions import CatalogError, InvalidRequest, Overloaded
from catalog.ml.features import Feature
from catalog.ml.signature import Signature
from catalog.ml.tables.schema import ColumnType
from catalog.services.prediction.loaded_model import Model
from catalog.serving import SWITCH_SECONDS, build_app
from catalog.serving.application import create_app
from catalog.serving.scoring_queue import Scored, ScoringQueue

SIGNATURE = Signature((Feature("x", ColumnType.NUMBER),), "y", ColumnType.NUMBER, "regression")


class Doubling:
    """Takes its time, and notes how many rows it is given, and whether by the thread that answers."""

    def __init__(self, seconds: float = 0) -> None:
        self.seconds, self.given, self.by_main_thread = seconds, list[int](), list[bool]()

    def predict(self, frame: Any) -> np.ndarray:
        self.given.append(len(frame))
        self.by_main_thread.append(threading.current_thread() is threading.main_thread())
        time.sleep(self.seconds)
        if (frame["x"] < 0).any():
            raise RuntimeError("A negative number")
        return np.asarray(frame["x"] * 2)


def ask_all(
    estimator: Doubling, requests: Sequence[list[dict[str, Any]]], *, most_waiting: int = 100, seconds: float = 30
) -> list[Scored | BaseException]:
    """The answers to requests that arrive at once."""

    async def ask() -> list[Scored | BaseException]:
        model = Model("doubling:1", "0" * 64, SIGNATURE, {}, estimator)
        queue = ScoringQueue(lambda: model, most_waiting=most_waiting, seconds=seconds, on_batch=lambda rows: None)
        asked = [queue.score(rows, with_probabilities=False) for rows in requests]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        await queue.close()
        return answers

    return asyncio.run(ask())


def ask_in_turn(estimators: Sequence[Doubling], rows: Sequence[int]) -> None:
    """One request after the other, with so many rows each, each to the next of the estimators."""

    async def ask() -> None:
        models = [Model(f"doubling:{n}", "0" * 64, SIGNATURE, {}, each) for n, each in enumerate(estimators, 1)]
        turns = iter(models[:1] + [models[n % len(models)] for n in range(len(rows))])
        queue = ScoringQueue(lambda: next(turns), most_waiting=9, seconds=30, on_batch=lambda rows: None)
        for count in rows:
            await queue.score([{"x": 1}] * count, with_probabilities=False)
        await queue.close()

    asyncio.run(ask())


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> float:
    """The seconds below which a batch is quick: so many that a busy machine does not make one slow."""
    monkeypatch.setattr("catalog.serving.scoring_queue.QUICK_SECONDS", seconds := 0.3)
    return seconds


def given(answer: Scored | BaseException) -> list[float]:
    assert isinstance(answer, Scored)
    return [float(value) for value in answer.predictions]


def test_what_arrives_at_once_is_scored_as_one_table_and_dealt_out() -> None:
    estimator = Doubling()
    answers = ask_all(estimator, [[{"x": number}] * (1 + number % 3) for number in range(30)])
    assert [given(answer) for answer in answers] == [[2.0 * number] * (1 + number % 3) for number in range(30)]
    assert estimator.given == [60]


def test_a_wrong_request_fails_alone_and_by_its_own_row_numbers() -> None:
    good, wrong, *_ = ask_all(Doubling(), [[{"x": 1}], [{"x": 2}, {"x": "far"}], [{"x": 3}]])
    assert given(good) == [2.0]
    assert isinstance(wrong, CatalogError)
    assert str(wrong) == "rows: column 'x', row 2: 'far' is not a number."


def test_whatever_an_estimator_raises_fails_the_request_that_it_is_about() -> None:
    good, bad = ask_all(Doubling(), [[{"x": 1}], [{"x": -1}]])
    assert given(good) == [2.0]
    assert (type(bad), str(bad)) == (InvalidRequest, "The estimator refuses the rows: RuntimeError.")


@pytest.mark.parametrize("options", [{"most_waiting": 2}, {"seconds": 0.05}])
def test_what_can_not_be_answered_in_time_is_told_to_ask_again(options: dict[str, Any]) -> None:
    answers = ask_all(Doubling(0.3), [[{"x": 1}]] * 4, **options)
    assert {type(answer) for answer in answers} == ({Scored, Overloaded} if "most_waiting" in options else {Overloaded})


def test_what_is_known_to_be_quick_is_scored_where_requests_are_answered(patient: float) -> None:
    quick, slow = Doubling(), Doubling(1.2 * patient)
    for estimator in (quick, slow):
        ask_in_turn([estimator], [1, 1, 2])
    assert (quick.by_main_thread, slow.by_main_thread) == ([False, True, True], [False] * 3)


def test_many_more_rows_than_were_quick_are_scored_in_the_thread(patient: float) -> None:
    estimator = Doubling()
    ask_in_turn([estimator], [1, 100, 150, 301])
    assert estimator.by_main_thread == [False, False, True, False]


def test_nothing_is_known_of_a_version_that_has_just_taken_the_place(patient: float) -> None:
    before, after = Doubling(), Doubling()
    ask_in_turn([before, after], [1, 1, 1])
    assert (before.by_main_thread, after.by_main_thread) == ([False, False], [False])


def test_a_server_does_not_stop_to_go_through_what_stays(settings: Any) -> None:
    settings.CATALOG["SERVING_OPEN"] = True

    async def frozen() -> tuple[int, int, int]:
        app, before = create_app(), gc.get_freeze_count()
        async with app.router.lifespan_context(app):
            during = gc.get_freeze_count()
        return before, during, gc.get_freeze_count()

    before, during, after = asyncio.run(frozen())
    assert (before, after) == (0, 0)
    assert during > 10_000


@pytest.mark.django_db
def test_a_thread_that_answers_does_not_wait_long_for_one_that_computes(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The interval of a server, seen while its application is made, and this process's own again afterwards."""
    before, seen = sys.getswitchinterval(), []
    monkeypatch.setattr(
        "catalog.serving.application.create_app", lambda *names, **options: seen.append(sys.getswitchinterval())
    )
    try:
        build_app()
    finally:
        sys.setswitchinterval(before)
    assert seen == [pytest.approx(SWITCH_SECONDS)]
