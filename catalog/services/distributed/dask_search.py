"""A search whose candidates are fitted on the cluster: scikit-learn asks joblib, and joblib asks Dask."""

import _thread
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from catalog.exceptions import EngineError
from catalog.services.distributed.cluster import FitWorkers, connect

if TYPE_CHECKING:
    from distributed import Client

LOCAL, DASK = "local", "dask"
ENGINES = (LOCAL, DASK)
LOOK_SECONDS = 1.0
WITHOUT_WORKERS_SECONDS = 60.0


@contextmanager
def fitting_on(engine: str) -> Iterator[list[str]]:
    """Within it joblib's tasks run where `engine` says; the list then tells which workers were left out, and why.

    Raises EngineError when the cluster can't be had or is lost.
    """
    left_out: list[str] = []
    if engine == LOCAL:
        yield left_out
        return
    with connect() as client:
        import joblib
        from distributed.scheduler import KilledWorker, NoValidWorkerError

        watch = SearchWatch(client)
        try:
            with watch.running(), joblib.parallel_config(backend="dask", client=client, workers=watch.fit):
                yield left_out
        except (CancelledError, KeyboardInterrupt, KilledWorker, NoValidWorkerError, OSError, TimeoutError) as error:
            if isinstance(error, KeyboardInterrupt) and not watch.loss:
                raise
            others = " ".join(watch.left_out)
            raise EngineError(
                f"The cluster was lost during the search ({watch.loss or type(error).__name__}), and nothing was kept. "
                f"Look after the scheduler and its workers, and run the command again. {others}".rstrip()
            ) from error
        left_out += watch.left_out


@dataclass
class SearchWatch:
    """`fit` are the addresses that tasks may be sent to. Dask reads the list anew for each task, so that workers who
    join later get some too, once it is known what they run."""

    client: "Client"
    fit: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    loss: str = ""

    def __post_init__(self) -> None:
        self.workers = FitWorkers(self.client)

    @property
    def left_out(self) -> list[str]:
        return [f"Left out: {problem}" for problem in self.workers.left_out.values()]

    def look(self) -> None:
        """The list is never empty: Dask would take that for all workers."""
        self.workers.look()
        self.fit[:] = self.workers.threads or self.fit

    @contextmanager
    def running(self) -> Iterator[None]:
        self.look()
        thread = threading.Thread(target=self._watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.ended.set()
            thread.join()

    def _watch(self) -> None:
        """Until the search has ended, or the cluster is lost: joblib would wait for ever, and is interrupted then."""
        last = time.monotonic()
        while not self.loss and not self.ended.wait(LOOK_SECONDS):
            try:
                self.look()
            except (OSError, TimeoutError, AttributeError):  # AttributeError: of a client that lost its scheduler
                self.loss = "the scheduler is gone"
            last = time.monotonic() if self.workers.threads else last
            if time.monotonic() > last + WITHOUT_WORKERS_SECONDS:
                self.loss = f"no worker for {WITHOUT_WORKERS_SECONDS:.0f} s"
        if self.loss and not self.ended.is_set():
            _thread.interrupt_main()
