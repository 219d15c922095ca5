"""The Dask cluster that DASK_SCHEDULER names, once all of its workers run what this machine runs."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.conf import settings

from catalog.exceptions import EngineError
from catalog.services.distributed.worker_tasks import describe_worker, libraries
from catalog.storage.interface import catalog_storage

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 5
WORKERS_WITHIN_SECONDS = 10
ASK_SECONDS = 60


@contextmanager
def connected() -> "Iterator[Client]":
    """A client of the cluster. Raises EngineError when it can't be reached, has no worker, or one that is unlike."""
    address = settings.DASK_SCHEDULER
    if not address:
        raise EngineError(
            "DASK_SCHEDULER is not set. Set it to tcp://host:8786: docs/operations.md, Beyond one machine."
        )
    try:
        from distributed import Client
    except ImportError as error:
        told = "pip install --require-hashes -r requirements-dask.txt"
        raise EngineError(f"--engine dask needs Dask, which is not installed: {told}") from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what goes wrong is said by the commands
    try:
        client = Client(address, timeout=CONNECT_SECONDS, security=security(), set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        told = "Start one (manage.py dask_scheduler), or check DASK_SCHEDULER and the network."
        raise EngineError(f"No scheduler answers at {address} ({type(error).__name__}). {told}") from error
    try:
        check_workers(client)
        yield client
    finally:
        client.close(timeout=CONNECT_SECONDS)


def security() -> Any:
    """What TLS needs; None without it."""
    if not settings.DASK_SCHEDULER.startswith("tls://"):
        return None
    from distributed.security import Security

    tls = settings.DASK_TLS
    return Security(
        require_encryption=True, tls_ca_file=tls["ca_file"], tls_client_cert=tls["cert"], tls_client_key=tls["key"]
    )


def check_workers(client: "Client") -> None:
    """Raises EngineError when there is no worker, or one that could predict otherwise than this machine."""
    try:
        client.wait_for_workers(1, timeout=WORKERS_WITHIN_SECONDS)
        told: Mapping[str, Any] = client.run(describe_worker, on_error="return")
    except (OSError, TimeoutError) as error:
        address = settings.DASK_SCHEDULER
        raise EngineError(f"The scheduler at {address} has no worker. Start some: manage.py dask_worker.") from error
    problems = [problem for address, found in sorted(told.items()) if (problem := _problem(address, found))]
    if problems:
        raise EngineError(" ".join(problems))


def _problem(address: str, found: Any) -> str:
    """Why the worker is refused; empty when it is not."""
    if not isinstance(found, dict):
        return f"The worker {address} can't run the catalog ({found!r:.200}). Start it with manage.py dask_worker."
    own = libraries()
    unlike = [
        f"{name} {version} (here: {own[name]})" for name, version in found["libraries"].items() if version != own[name]
    ]
    if unlike:
        return f"The worker {address} has {', '.join(unlike)}. Install the same there: requirements.txt."
    if found["storage"] != catalog_storage().uri(""):
        told = f"uses {found['storage']}" if found["storage"] else "knows no storage"
        return f"The worker {address} {told}, and this machine {catalog_storage().uri('')}. Give it the same .env."
    return ""
