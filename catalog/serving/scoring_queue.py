"""Requests that arrive while others are scored are scored together: what takes long in a thread of the model's own, and
what takes less than handing it over costs where the requests are answered."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from catalog.exceptions import CatalogError, InvalidRequest, Overloaded
from catalog.services.prediction.loaded_model import Model
from catalog.serving.request_bodies import Row

BATCH_ROWS = 10_000
# What takes no longer is scored where requests are answered: two threads would wait for each other's turn at Python.
QUICK_SECONDS = 0.02
REMEMBERED_BATCHES = 20
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scored:
    """The answer to one request: `probabilities` is None unless they were asked for."""

    model: Model
    predictions: np.ndarray
    probabilities: np.ndarray | None


@dataclass(frozen=True)
class _Waiting:
    rows: Sequence[Row]
    with_probabilities: bool
    answer: "asyncio.Future[Scored]"


class Pace:
    """How long the last batches of a model took, which tells whether the next one is quick."""

    def __init__(self, model: Model) -> None:
        self.model, self.most_rows = model, 0
        self.seconds: deque[float] = deque(maxlen=REMEMBERED_BATCHES)

    def note(self, rows: int, seconds: float) -> None:
        self.seconds.append(seconds)
        if seconds < QUICK_SECONDS:
            self.most_rows = max(self.most_rows, rows)

    def is_quick(self, rows: int) -> bool:
        """Whether none of the last batches was slow, and some quick one had half as many rows. Nothing is known of a
        model's first batch: it is not."""
        return max(self.seconds, default=QUICK_SECONDS) < QUICK_SECONDS and rows <= 2 * self.most_rows


class ScoringQueue:
    """Asks `current` for the model before each batch, so that all rows of a request are scored by one version."""

    def __init__(
        self, current: Callable[[], Model], *, most_waiting: int, seconds: float, on_batch: Callable[[int], object]
    ) -> None:
        self.current, self.most_waiting, self.seconds, self.on_batch = current, most_waiting, seconds, on_batch
        self.waiting: asyncio.Queue[_Waiting] = asyncio.Queue()
        self.thread, self.pace = ThreadPoolExecutor(1, thread_name_prefix="score"), Pace(current())
        self.task = asyncio.create_task(self._work())

    async def score(self, rows: Sequence[Row], *, with_probabilities: bool) -> Scored:
        """Raises CatalogError, and Overloaded when too many wait or the answer takes too long."""
        if self.waiting.qsize() >= self.most_waiting:
            raise Overloaded(f"{self.most_waiting:,} requests wait already. Ask again in a second.")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Scored] = loop.create_future()
        self.waiting.put_nowait(_Waiting(rows, with_probabilities, answer))
        late = loop.call_later(self.seconds, self._give_up, answer)
        try:
            return await answer
        finally:
            late.cancel()

    def _give_up(self, answer: "asyncio.Future[Scored]") -> None:
        _give(answer, Overloaded(f"There was no answer within {self.seconds:g} seconds. Ask again later."))

    async def close(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self.thread.shutdown()

    async def _work(self) -> None:
        while True:
            batch = [await self.waiting.get()]
            await asyncio.sleep(0)  # requests that have been read by now come along
            rows = len(batch[0].rows)
            while rows < BATCH_ROWS and not self.waiting.empty():
                batch.append(self.waiting.get_nowait())
                rows += len(batch[-1].rows)
            batch = [request for request in batch if not request.answer.done()]  # nobody waits for it any more
            if batch:
                self.on_batch(rows)
                answers = await self._score_at_its_pace(batch, rows)
                for request, answer in zip(batch, answers, strict=True):
                    _give(request.answer, answer)

    async def _score_at_its_pace(self, batch: Sequence[_Waiting], rows: int) -> "list[Scored | Exception]":
        model, begun = self.current(), time.perf_counter()
        if self.pace.model is not model:
            self.pace = Pace(model)
        if self.pace.is_quick(rows):
            answers = _score(model, batch)
        else:
            answers = await asyncio.get_running_loop().run_in_executor(self.thread, _score, model, batch)
        self.pace.note(rows, time.perf_counter() - begun)
        return answers


def _score(model: Model, batch: Sequence[_Waiting]) -> "list[Scored | Exception]":
    """The answer to each request, or what is wrong with it."""
    try:
        return list(_score_together(model, batch))
    except Exception as error:  # whatever an estimator raises: it fails the request that it is about
        if len(batch) == 1:
            return [error]
    return [answer for request in batch for answer in _score(model, [request])]


def _score_together(model: Model, batch: Sequence[_Waiting]) -> list[Scored]:
    methods = ["predict"]
    if any(request.with_probabilities for request in batch):
        if not model.gives_probabilities:
            raise InvalidRequest(f"{model.reference} gives no probabilities. Ask without `proba`.")
        methods.append("predict_proba")
    predictions, *probabilities = model.ask([row for request in batch for row in request.rows], *methods)
    scored, start = [], 0
    for request in batch:
        end = start + len(request.rows)
        wanted = probabilities[0][start:end] if request.with_probabilities else None
        scored.append(Scored(model, predictions[start:end], wanted))
        start = end
    return scored


def _give(future: "asyncio.Future[Scored]", answer: Scored | Exception) -> None:
    if future.done():
        return
    if isinstance(answer, Scored):
        future.set_result(answer)
    elif isinstance(answer, CatalogError):
        future.set_exception(answer)
    else:
        logger.error("The estimator raised %s", type(answer).__name__, exc_info=answer)
        future.set_exception(InvalidRequest(f"The estimator refuses the rows: {type(answer).__name__}."))
