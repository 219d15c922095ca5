"""A search whose candidates are fitted on the cluster: scikit-learn asks joblib, and joblib asks Dask."""

import _thread
import signal
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Any

from catalog.conf import catalog_settings
from catalog.exceptions import EngineError
from catalog.services.distributed.cluster import FitWorkers, connect
from catalog.services.distributed.worker_libraries import needed_modules

if TYPE_CHECKING:
    from distributed import Client

LOCAL = "local"
LOOK_SECONDS = 1.0
COPIES = 3
WHY = {
    "CancelledError": "the rows that its workers held are gone",
    "KilledWorker": "its workers die each time: out of memory, or a crash in native code",
    "NoWorkerError": "no worker took what was left",
    "NoValidWorkerError": "no worker took what was left",
}


@contextmanager
def fitting_on(engine: str, estimator: Any) -> Iterator[list[str]]:
    """Within it joblib's tasks run where `engine` says; the list then tells which workers were left out, and why.

    What a worker had that died is done again by the others. Who lacks a module of the estimator is sent nothing.
    Raises EngineError when the cluster can't be had or is lost, or when nobody has worked for DASK_WAIT_SECONDS.
    """
    left_out: list[str] = []
    if engine == LOCAL:
        yield left_out
        return
    with connect() as client:
        import joblib
        from distributed.scheduler import KilledWorker, NoValidWorkerError, NoWorkerError

        lost = (CancelledError, KilledWorker, NoValidWorkerError, NoWorkerError, OSError, TimeoutError)
        watch = SearchWatch(client, needed_modules(estimator))
        client.scatter = partial(send_copies, client.scatter, watch.fit)  # type: ignore[method-assign] # joblib asks it
        try:
            with watch.running(), joblib.parallel_config(backend="dask", client=client, workers=watch.fit):
                yield left_out
        except (KeyboardInterrupt, *lost) as error:
            if isinstance(error, KeyboardInterrupt) and not watch.loss:
                raise
            others, name = " ".join(watch.left_out), type(error).__name__
            raise EngineError(
                f"The cluster was lost during the search ({watch.loss or WHY.get(name, name)}), and nothing was kept. "
                f"Look after the scheduler and its workers, and run the command again. {others}".rstrip()
            ) from error
        left_out += watch.left_out


async def send_copies(send: Callable[..., Any], workers: list[str], data: Any, **options: Any) -> Any:
    """What `client.scatter` does, to COPIES of the workers: joblib would send it to one, with which it would be gone.

    One by one, so that a worker who dies meanwhile holds up none of the others.
    """
    key, sent = f"rows-{uuid.uuid4().hex}", dict[str, Any]()
    for address in workers[:COPIES]:
        with suppress(KeyError, OSError):  # it is gone
            sent = await send({key: data}, workers=[address], asynchronous=True)
    return sent[key] if sent else await send(data, **options)


@dataclass
class SearchWatch:
    """`fit` are the addresses that tasks may be sent to. Dask reads the list anew for each task, so that workers who
    join later get some too, once it is known what they run. `idle_seconds` is how long nobody has worked on it."""

    client: "Client"
    modules: list[str] = field(default_factory=list)
    fit: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    idle_seconds: float = 0
    loss: str = ""

    def __post_init__(self) -> None:
        self.workers = FitWorkers(self.client, self.modules)
        self.wait_seconds = catalog_settings().dask_wait_seconds

    @property
    def left_out(self) -> list[str]:
        return [f"Left out: {problem}" for problem in self.workers.left_out.values()]

    def look(self) -> None:
        """The list is never empty: Dask would take that for all workers."""
        self.workers.look()
        self.fit[:] = self.workers.threads or self.fit

    @contextmanager
    def running(self) -> Iterator[None]:
        """Raises EngineError where no worker is fit for it."""
        self.look()
        if not self.fit and self.workers.left_out:
            raise EngineError(" ".join(self.workers.left_out.values()))
        looking, timing = (threading.Thread(target=target, daemon=True) for target in (self._look_on, self._interrupt))
        with self._interruptible():
            looking.start()
            timing.start()
            try:
                yield
            finally:
                self.ended.set()
                timing.join()
                looking.join(LOOK_SECONDS)

    def _look_on(self) -> None:
        """A thread of its own: Dask's client may never answer when all workers are gone at once."""
        while not self.ended.wait(LOOK_SECONDS):
            try:
                self.look()
                self.idle_seconds = self.idle_seconds if self._is_stranded() else 0
            except (OSError, TimeoutError, AttributeError):  # AttributeError: of a client that lost its scheduler
                self.loss = "the scheduler is gone"
                return

    def _is_stranded(self) -> bool:
        """Whether tasks wait and no worker does anything: those that they, or their rows, were sent to are gone."""
        is_waiting = any(future.status != "finished" for future in list(self.client.futures.values()))
        return is_waiting and not any(self.client.processing().values())

    def _interrupt(self) -> None:
        """joblib would wait for ever. Again and again, for it may also wait when it is interrupted.

        Seconds are counted one by one: while an estimator keeps Python to itself, nobody can look, and none passes.
        """
        while not self.ended.wait(LOOK_SECONDS):
            self.idle_seconds += LOOK_SECONDS
            if not self.loss and self.idle_seconds > self.wait_seconds + LOOK_SECONDS:
                self.loss = f"no worker has worked on it for {self.wait_seconds:g} s"
            if self.loss:
                _thread.interrupt_main()

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Also where Ctrl-C is ignored, as scripts start what shall run in the background."""
        if threading.current_thread() is not threading.main_thread():  # which alone may say what signals do
            yield
            return
        before = signal.getsignal(signal.SIGINT)

        def interrupt(signum: int, frame: FrameType | None) -> None:
            if self.loss:
                raise KeyboardInterrupt
            if callable(before):
                before(signum, frame)

        signal.signal(signal.SIGINT, interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
