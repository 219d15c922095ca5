"""Parts on a cluster: a few at a time, until each is done or has failed, whatever happens to the workers."""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from catalog.conf import catalog_settings
from catalog.exceptions import CatalogError, EngineError
from catalog.services.distributed.cluster import OTHER_VERSION, FitWorkers, is_of_other_version
from catalog.services.distributed.part_messages import Part, PartResult, PartTask
from catalog.services.distributed.worker_tasks import score_part

if TYPE_CHECKING:
    from distributed import Client, Future

POLL_SECONDS = 0.05
CLUSTER_POLL_SECONDS = 1.0
RETRIES = 2  # of a part whose storage failed; one that kills its worker is tried again as long as Dask allows
RESULT_WITHIN_SECONDS = 30
WAITING_PER_THREAD = 2
REFUSALS = 3  # of one part, by workers that joined and are left out
DEADLY = "the worker that predicts it dies each time: out of memory, or a crash in native code"


@dataclass(frozen=True)
class PartOutcome:
    part: Part
    result: PartResult


class ClusterLost(EngineError):
    """The scheduler is gone, or no worker is left."""


@dataclass
class PartRunner:
    """`submitted` are the parts that the cluster has. `suspects` were running when a worker died, and get the cluster
    to themselves in the end: so it shows which of them it was."""

    client: "Client"
    task: PartTask
    waiting: deque[Part] = field(default_factory=deque)
    suspects: deque[Part] = field(default_factory=deque)
    submitted: "dict[Future[Any], Part]" = field(default_factory=dict)
    asked_for: "dict[Future[Any], frozenset[str]]" = field(default_factory=dict)
    refused: Counter[int] = field(default_factory=Counter)
    slots: int = 1
    asked: float = 0.0
    is_alone: bool = False
    on_poll: Callable[[], None] = lambda: None
    last_worker: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.workers = FitWorkers(self.client)
        self.wait_seconds = catalog_settings().dask_wait_seconds

    def outcomes(self, parts: Iterable[Part]) -> Iterator[PartOutcome]:
        """Each part once with what came of it. Raises ClusterLost."""
        self.waiting.extend(parts)
        try:
            while self.waiting or self.suspects or self.submitted:
                self.on_poll()
                self._ask_cluster()
                self._submit()
                time.sleep(POLL_SECONDS)
                for future in [future for future in self.submitted if future.done()]:
                    if outcome := self._outcome(future, self._forget(future)):
                        yield outcome
        finally:
            if self.submitted and self._is_connected:
                self.client.cancel(list(self.submitted), force=True)

    @property
    def _is_connected(self) -> bool:
        return bool(self.client.status == "running")

    def _ask_cluster(self) -> None:
        """How many threads there are."""
        now = time.monotonic()
        if now < self.asked + CLUSTER_POLL_SECONDS:
            return
        try:
            if not self._is_connected:
                raise OSError(f"the client is {self.client.status}")
            self.workers.look()
        except (OSError, TimeoutError, AttributeError) as error:  # AttributeError: of a client that lost its scheduler
            raise ClusterLost("The scheduler is gone.") from error
        threads = sum(self.workers.threads.values())
        self.asked, self.slots = now, threads * WAITING_PER_THREAD
        self.last_worker = now if threads else self.last_worker
        if now > self.last_worker + self.wait_seconds:
            left_out = "".join(f" Left out: {problem}" for problem in self.workers.left_out.values())
            raise ClusterLost(f"There has been no worker for {self.wait_seconds:g} s.{left_out}")
        self._take_back_stranded()

    def _take_back_stranded(self) -> None:
        """Parts that were meant for workers of which none is left wait for others."""
        present = self.workers.threads.keys()
        for future in [future for future, meant in self.asked_for.items() if not meant & present]:
            self.waiting.append(self._forget(future))
            self.client.cancel([future], force=True)

    def _forget(self, future: "Future[Any]") -> Part:
        self.asked_for.pop(future, None)
        return self.submitted.pop(future)

    def _submit(self) -> None:
        while self.waiting and len(self.submitted) < self.slots:
            self._submit_part(self.waiting.popleft(), retries=RETRIES)
        if self.suspects and not self.waiting and not self.submitted:
            self._submit_part(self.suspects.popleft(), retries=0)

    def _submit_part(self, part: Part, retries: int) -> None:
        meant = frozenset(self.workers.threads) if self.workers.left_out else frozenset()
        future = self.client.submit(
            score_part, self.task, part, pure=False, retries=retries, key=None, workers=list(meant) or None
        )
        self.submitted[future] = part
        if meant:
            self.asked_for[future] = meant
        self.is_alone = retries == 0

    def _outcome(self, future: "Future[Any]", part: Part) -> PartOutcome | None:
        """None when the part has to be tried again."""
        from distributed.scheduler import KilledWorker

        if future.status == "cancelled":
            raise ClusterLost("The scheduler is gone.")
        try:
            error = future.exception(timeout=RESULT_WITHIN_SECONDS)
            if error is None:
                return PartOutcome(part, future.result(timeout=RESULT_WITHIN_SECONDS))
        except OSError:  # the worker died with the result and another begins anew; or _ask_cluster() says what is gone
            self.submitted[future] = part
            return None
        except CancelledError as lost:
            raise ClusterLost("The scheduler is gone.") from lost
        if isinstance(error, EngineError) or is_of_other_version(error):
            self._try_elsewhere(part, error)
            return None
        if isinstance(error, KilledWorker) and not self.is_alone:
            self.suspects.append(part)
            return None
        if isinstance(error, KilledWorker):
            return PartOutcome(part, PartResult(failure=DEADLY))
        failure = str(error) if isinstance(error, CatalogError) else f"{type(error).__name__}: {error}"
        return PartOutcome(part, PartResult(failure=failure))

    def _try_elsewhere(self, part: Part, error: BaseException) -> None:
        """A worker that joined a moment ago refused the part: it is left out. Raises EngineError if none is."""
        self.asked = 0.0
        self._ask_cluster()
        self.refused[part.number] += 1
        if self.workers.left_out and self.refused[part.number] <= REFUSALS:
            self.waiting.append(part)
        elif isinstance(error, EngineError):
            raise error
        else:
            raise EngineError(f"The scheduler or a worker {OTHER_VERSION}") from error
