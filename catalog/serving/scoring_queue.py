"""Requests that arrive while others are scored are scored together, in one thread for each model."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from catalog.exceptions import CatalogError, InvalidRequest, Overloaded
from catalog.services.prediction.loaded_model import Model
from catalog.serving.request_bodies import Row

BATCH_ROWS = 10_000
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


class ScoringQueue:
    """Asks `current` for the model before each batch, so that all rows of a request are scored by one version."""

    def __init__(
        self, current: Callable[[], Model], *, most_waiting: int, seconds: float, on_batch: Callable[[int], object]
    ) -> None:
        self.current, self.most_waiting, self.seconds, self.on_batch = current, most_waiting, seconds, on_batch
        self.waiting: asyncio.Queue[_Waiting] = asyncio.Queue()
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="score")
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
            rows = len(batch[0].rows)
            while rows < BATCH_ROWS and not self.waiting.empty():
                batch.append(self.waiting.get_nowait())
                rows += len(batch[-1].rows)
            batch = [request for request in batch if not request.answer.done()]  # nobody waits for it any more
            if batch:
                self.on_batch(rows)
                answers = await asyncio.get_running_loop().run_in_executor(self.thread, self._score, batch)
                for request, answer in zip(batch, answers, strict=True):
                    _give(request.answer, answer)

    def _score(self, batch: Sequence[_Waiting]) -> "list[Scored | Exception]":
        """The answer to each request, or what is wrong with it."""
        model = self.current()
        try:
            return list(_score_together(model, batch))
        except Exception as error:  # whatever an estimator raises: it fails the request that it is about
            if len(batch) == 1:
                return [error]
        return [answer for request in batch for answer in self._score([request])]


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
