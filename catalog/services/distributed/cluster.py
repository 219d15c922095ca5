"""The Dask cluster that DASK_SCHEDULER names, once all of its workers run what this machine runs."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from catalog.conf import catalog_settings
from catalog.exceptions import EngineError
from catalog.services.distributed.worker_libraries import libraries
from catalog.services.distributed.worker_tasks import describe_worker, message_fields
from catalog.storage.interface import catalog_storage

if TYPE_CHECKING:
    from distributed import Client
    from distributed.security import Security

CONNECT_SECONDS = 5
# Dask gives its own a level each, and the loop in which its client runs has others; the commands say what goes wrong.
LOGGERS = ("distributed", "distributed.client", "asyncio", "tornado.application")
WORKERS_WITHIN_SECONDS = 10
NO_DASK = "Dask is not installed: pip install --require-hashes -r requirements-dask.txt"
OTHER_VERSION = "runs another version of the catalog, or none. Restart the scheduler and its workers with this one."
IMPORT_ERRORS = ("ImportError", "ModuleNotFoundError", "AttributeError")


@contextmanager
def connect() -> "Iterator[Client]":
    """A client of the cluster. Raises EngineError when it can't be reached, has no worker, or one that is unlike."""
    address = catalog_settings().dask_scheduler
    if not address:
        raise EngineError(
            "DASK_SCHEDULER is not set. Set it to tcp://host:8786: docs/operations.md, Beyond one machine."
        )
    try:
        from distributed import Client
    except ImportError as error:
        raise EngineError(NO_DASK) from error
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=CONNECT_SECONDS, security=_security(), set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        advice = "Start one (manage.py dask_scheduler), or check DASK_SCHEDULER and the network."
        raise EngineError(f"No scheduler answers at {address} ({type(error).__name__}). {advice}") from error
    try:
        check_workers(client)
        yield client
    finally:
        with suppress(TimeoutError):  # of a client that never answers any more
            client.close(timeout=CONNECT_SECONDS)


def _security() -> "Security | None":
    """What TLS needs; None without it."""
    if not catalog_settings().dask_scheduler.startswith("tls://"):
        return None
    from distributed.security import Security

    tls = catalog_settings().dask_tls
    return Security(
        require_encryption=True, tls_ca_file=tls["ca_file"], tls_client_cert=tls["cert"], tls_client_key=tls["key"]
    )


def check_workers(client: "Client") -> None:
    """Raises EngineError when there is no worker, or one that could predict otherwise than this machine."""
    try:
        client.wait_for_workers(1, timeout=WORKERS_WITHIN_SECONDS)
        answers: Mapping[str, Any] = client.run(describe_worker, on_error="return")
    except (OSError, TimeoutError) as error:
        address = catalog_settings().dask_scheduler
        raise EngineError(f"The scheduler at {address} has no worker. Start some: manage.py dask_worker.") from error
    problems = [problem for address, answer in sorted(answers.items()) if (problem := _problem(address, answer))]
    if problems:
        raise EngineError(" ".join(problems))


@dataclass
class FitWorkers:
    """The workers that predict as this machine does; of those that joined and don't, `left_out` says by address why.

    `modules` are those that the work needs besides: who lacks one could not even read what is sent, and would end.
    """

    client: "Client"
    modules: Sequence[str] = ()
    threads: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def look(self) -> None:
        """Ask who is there, and those who are new what they run. Raises OSError, TimeoutError or AttributeError."""
        there = self.client.nthreads()
        new = [address for address in there if address not in self.threads and address not in self.left_out]
        asked: Any = {"workers": new, "on_error": "return"}
        answers: Mapping[str, Any] = self.client.run(describe_worker, self.modules, **asked) if new else {}
        problems = {address: _problem(address, answer, self.modules) for address, answer in answers.items()}
        gone = {address for address, answer in answers.items() if isinstance(answer, OSError)}
        self.left_out |= {address: problem for address, problem in problems.items() if problem and address not in gone}
        fit = {*self.threads, *problems} - self.left_out.keys() - gone
        self.threads = {address: threads for address, threads in there.items() if address in fit}


def _problem(address: str, answer: Any, modules: Sequence[str] = ()) -> str:
    """Why the worker is refused; empty when it is not."""
    if is_of_other_version(answer) or (isinstance(answer, dict) and answer.get("messages") != message_fields()):
        return f"The worker {address} {OTHER_VERSION}"
    if not isinstance(answer, dict):
        return f"The worker {address} can't run the catalog ({answer!r:.200}). Start it with manage.py dask_worker."
    there = answer["libraries"]
    unlike = [
        f"{name} {there[name]} (here: {version})" if there.get(name) else f"no {name} (here: {version})"
        for name, version in libraries(modules).items()
        if there.get(name) != version
    ]
    if unlike:
        own = ", and modules of your own where its Python finds them" if modules else ""
        return f"The worker {address} has {', '.join(unlike)}. Give it the same: requirements.txt{own}."
    if answer["storage"] != catalog_storage().uri(""):
        uses = f"uses {answer['storage']}" if answer["storage"] else "knows no storage"
        return f"The worker {address} {uses}, and this machine {catalog_storage().uri('')}. Give it the same .env."
    return ""


def is_of_other_version(error: object) -> bool:
    """Whether what came back says that the catalog's modules or classes are not there; Dask sends it as a text too."""
    if not isinstance(error, BaseException):
        return False
    text = repr(error)
    is_import = any(name in text for name in IMPORT_ERRORS) and "catalog" in text
    return is_import or is_of_other_version(error.__cause__)
