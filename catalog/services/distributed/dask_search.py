"""A search whose candidates are fitted on the cluster: scikit-learn asks joblib, and joblib asks Dask."""

from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager

from catalog.exceptions import EngineError
from catalog.services.distributed.cluster import connect

LOCAL, DASK = "local", "dask"
ENGINES = (LOCAL, DASK)


@contextmanager
def fitting_on(engine: str) -> Iterator[None]:
    """Within it joblib's tasks run where `engine` says. Raises EngineError when the cluster can't be had or is lost."""
    if engine == LOCAL:
        yield
        return
    with connect() as client:
        import joblib
        from distributed.scheduler import KilledWorker

        try:
            with joblib.parallel_config(backend="dask", client=client):
                yield
        except (CancelledError, KilledWorker, OSError, TimeoutError) as error:
            raise EngineError(
                f"The cluster was lost during the search ({type(error).__name__}), and nothing was kept. Look after "
                "the scheduler and its workers, and run the command again."
            ) from error
