"""The models of this process: each followed and given a queue when it is first asked for."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import Error as DatabaseError
from django.db import close_old_connections

from catalog.conf import CatalogSettings
from catalog.exceptions import CatalogError, NotFound, Overloaded
from catalog.reference_syntax import NUMBERED
from catalog.services.prediction.loaded_model import Follower, Model, load_model
from catalog.serving.access import model_name
from catalog.serving.field_schemas import DescribedModel
from catalog.serving.request_bodies import Row
from catalog.serving.request_log import RequestLog
from catalog.serving.request_metrics import RequestMetrics
from catalog.serving.scoring_queue import Scored, ScoringQueue

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Served:
    follower: Follower
    queue: ScoringQueue


class ServedModels:
    """Those named, or all of the catalog when none are."""

    def __init__(
        self,
        names: Sequence[str],
        settings: CatalogSettings,
        metrics: RequestMetrics,
        *,
        code_from_version: bool = False,
    ) -> None:
        self.names, self.settings, self.metrics = tuple(names), settings, metrics
        self.code_from_version = code_from_version
        self.served: dict[str, _Served] = {}
        self.log: RequestLog | None = None
        if settings.serving_log:
            self.log = RequestLog(seconds=settings.serving_log_seconds, most_rows=settings.serving_log_rows)
        self.loading = asyncio.Lock()

    async def load_all(self) -> None:
        """Those named. One that does not load is tried again when it is asked for, and keeps `is_ready` False."""
        if self.log:
            self.log.start()
        for name in self.names:
            try:
                await self._get(name)
            except (CatalogError, DatabaseError, OSError) as error:
                logger.error("%s is not served yet: %s", name, error)

    @property
    def is_ready(self) -> bool:
        return all(name in self.served for name in self.names)

    async def model(self, reference: str) -> Model:
        """The version that answers now. Raises CatalogError."""
        self._check_name(reference)
        if NUMBERED.fullmatch(reference):
            return await asyncio.to_thread(self._load_numbered, reference)
        return (await self._get(reference)).follower.model

    async def score(self, reference: str, rows: Sequence[Row], *, with_probabilities: bool) -> Scored:
        """Raises CatalogError."""
        scored = await self._score(reference, rows, with_probabilities)
        if self.log:
            self.log.note(rows, scored)
        return scored

    async def _score(self, reference: str, rows: Sequence[Row], with_probabilities: bool) -> Scored:
        self._check_name(reference)
        if not NUMBERED.fullmatch(reference):
            served = await self._get(reference)
            return await served.queue.score(rows, with_probabilities=with_probabilities)
        scoring = asyncio.to_thread(self._score_numbered, reference, rows, with_probabilities)
        try:
            return await asyncio.wait_for(scoring, self.settings.serving_seconds)
        except TimeoutError as error:
            seconds = self.settings.serving_seconds
            raise Overloaded(f"There was no answer within {seconds:g} seconds. Ask again later.") from error

    def _check_name(self, reference: str) -> None:
        name = model_name(reference)
        if self.names and name not in self.names:
            raise NotFound(f"{name[:80]!r} is not served here. These are: {', '.join(self.names)}.")

    async def _get(self, reference: str) -> _Served:
        if reference in self.served:
            return self.served[reference]
        async with self.loading:
            if reference not in self.served:
                follower = await asyncio.to_thread(self._follow, reference)
                self.served[reference] = _Served(follower, self._queue(follower))
        return self.served[reference]

    def _follow(self, reference: str) -> Follower:
        close_old_connections()
        try:
            seconds = self.settings.serving_follow_seconds
            return Follower(reference, seconds=seconds, code_from_version=self.code_from_version)
        finally:
            close_old_connections()

    def _queue(self, follower: Follower) -> ScoringQueue:
        return ScoringQueue(
            lambda: follower.model,
            most_waiting=self.settings.serving_queue,
            seconds=self.settings.serving_seconds,
            on_batch=self.metrics.batch_rows.labels(follower.reference).observe,
        )

    def list_described(self) -> list[DescribedModel]:
        """What is known of the models that are loaded, without asking anybody."""
        models = {name: served.follower.model for name, served in sorted(self.served.items()) if "@" not in name}
        return [DescribedModel(name, model.reference, model.signature.as_json()) for name, model in models.items()]

    def observe(self) -> None:
        """Tell the metrics how the models follow."""
        for reference, served in self.served.items():
            self.metrics.behind.labels(reference).set(1 if served.follower.failure else 0)
            self.metrics.swaps.labels(reference).reset()
            self.metrics.swaps.labels(reference).inc(served.follower.swaps)
        if self.log:
            for outcome, rows in (("kept", self.log.logged), ("dropped", self.log.dropped)):
                self.metrics.logged_rows.labels(outcome).reset()
                self.metrics.logged_rows.labels(outcome).inc(rows)

    async def close(self) -> None:
        for served in self.served.values():
            await served.queue.close()
            await asyncio.to_thread(served.follower.stop)
        self.served.clear()
        if self.log:
            await asyncio.to_thread(self.log.stop)

    def _score_numbered(self, reference: str, rows: Sequence[Row], with_probabilities: bool) -> Scored:
        model = self._load_numbered(reference)
        probabilities = model.predict_proba(rows) if with_probabilities else None
        return Scored(model, model.predict(rows), probabilities)

    def _load_numbered(self, reference: str) -> Model:
        """One version, which the catalog is asked for each time: it may have been archived."""
        close_old_connections()
        try:
            return load_model(reference=reference, code_from_version=self.code_from_version)
        finally:
            close_old_connections()
