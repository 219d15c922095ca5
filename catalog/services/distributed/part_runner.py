"""Parts on a cluster: a few at a time, until each is done or has failed, whatever happens to the workers."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from catalog.exceptions import CatalogError, EngineError
from catalog.services.distributed.cluster import OTHER_VERSION, is_of_other_version
from catalog.services.distributed.part_messages import Part, PartResult, PartTask
from catalog.services.distributed.worker_tasks import score_part

if TYPE_CHECKING:
    from distributed import Client, Future

POLL_SECONDS = 0.05
CLUSTER_POLL_SECONDS = 1.0
WITHOUT_WORKERS_SECONDS = 60.0
RETRIES = 2  # of a part whose storage failed; one that kills its worker is tried again as long as Dask allows
RESULT_WITHIN_SECONDS = 30
WAITING_PER_THREAD = 2
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
    slots: int = 1
    asked: float = 0.0
    is_alone: bool = False
    on_poll: Callable[[], None] = lambda: None
    last_worker: float = field(default_factory=time.monotonic)

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
                    if outcome := self._outcome(future, self.submitted.pop(future)):
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
            threads = sum(self.client.nthreads().values())
        except (OSError, TimeoutError, AttributeError) as error:  # AttributeError: of a client that lost its scheduler
            raise ClusterLost("The scheduler is gone.") from error
        self.asked, self.slots = now, threads * WAITING_PER_THREAD
        self.last_worker = now if threads else self.last_worker
        if now > self.last_worker + WITHOUT_WORKERS_SECONDS:
            raise ClusterLost(f"There has been no worker for {WITHOUT_WORKERS_SECONDS:.0f} s.")

    def _submit(self) -> None:
        while self.waiting and len(self.submitted) < self.slots:
            self._submit_part(self.waiting.popleft(), retries=RETRIES)
        if self.suspects and not self.waiting and not self.submitted:
            self._submit_part(self.suspects.popleft(), retries=0)

    def _submit_part(self, part: Part, retries: int) -> None:
        future = self.client.submit(score_part, self.task, part, pure=False, retries=retries, key=None)
        self.submitted[future] = part
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
        if isinstance(error, EngineError):
            raise error
        if is_of_other_version(error):
            raise EngineError(f"The scheduler or a worker {OTHER_VERSION}") from error
        if isinstance(error, KilledWorker) and not self.is_alone:
            self.suspects.append(part)
            return None
        if isinstance(error, KilledWorker):
            return PartOutcome(part, PartResult(failure=DEADLY))
        failure = str(error) if isinstance(error, CatalogError) else f"{type(error).__name__}: {error}"
        return PartOutcome(part, PartResult(failure=failure))
