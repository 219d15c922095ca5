"""Starting what a cluster consists of: a scheduler, and workers that know the catalog."""

import os
from collections.abc import Sequence
from importlib import import_module
from ipaddress import ip_address
from urllib.parse import urlsplit

from catalog.conf import catalog_settings
from catalog.exceptions import EngineError, InvalidRequest
from catalog.services.distributed.cluster import NO_DASK

# Dask's pages for people are off; what is left, such as its health, is for this machine alone.
NO_PAGES = ("--no-dashboard", "--dashboard-address=127.0.0.1:0")
PRELOAD = "catalog.services.distributed.preload"
# Tasks that no worker may take, as those of a search whose workers are all gone, fail then; else they wait for ever.
# Several workers have the rows of a search, and none takes them with it; Dask's memory manager would leave one copy.
DEFAULTS = {
    "distributed": {
        "scheduler": {"no-workers-timeout": "2 minutes", "active-memory-manager": {"start": False}},
    }
}


def run_scheduler(*, host: str, port: int, insecure: bool, options: Sequence[str] = ()) -> None:
    """Dask's scheduler, until it is stopped. `options` are those of `dask scheduler`.

    Raises InvalidRequest when others could reach it without TLS: whoever reaches it runs code on all machines.
    """
    if not (_tls_files() or insecure or _is_loopback(host)):
        raise InvalidRequest(
            f"Whoever reaches {host}:{port} runs code here and in all workers. Set DASK_TLS_CA_FILE, DASK_TLS_CERT_FILE"
            " and DASK_TLS_KEY_FILE, listen on 127.0.0.1, or use `insecure` where a firewall admits nobody else."
        )
    protocol = "tls" if _tls_files() else "tcp"
    arguments = [f"--host={protocol}://{host}", f"--port={port}", *NO_PAGES, f"--preload={PRELOAD}"]
    _main("dask_scheduler", [*arguments, *_tls_files(), *options])


def run_worker(*, address: str, processes: int, threads: int, insecure: bool, options: Sequence[str] = ()) -> None:
    """Dask's workers, as many processes as asked for, or one a core, until they are stopped.

    Raises InvalidRequest without TLS to another machine: whoever reaches the worker's port runs code in it.
    """
    address = address or catalog_settings().dask_scheduler
    if not address:
        raise InvalidRequest("Say which scheduler, as in dask_worker tcp://127.0.0.1:8786, or set DASK_SCHEDULER.")
    parts = urlsplit(address)
    if not (parts.scheme == "tls" or insecure or _is_loopback(parts.hostname or "")):
        raise InvalidRequest(
            f"Whoever reaches a worker of {address} runs code in it. Use tls://, or use `insecure` where a firewall"
            " admits nobody else."
        )
    arguments = [address, f"--nworkers={processes or os.cpu_count() or 1}", f"--nthreads={threads}", *NO_PAGES]
    tls = _tls_files() if parts.scheme == "tls" else []
    _main("dask_worker", [*arguments, f"--preload={PRELOAD}", *tls, *options])


def _tls_files() -> list[str]:
    files = {"ca-file": "ca_file", "cert": "cert", "key": "key"}
    tls = catalog_settings().dask_tls
    given = [f"--tls-{flag}={tls[name]}" for flag, name in files.items() if tls[name]]
    return given if len(given) == len(files) else []


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _main(program: str, arguments: Sequence[str]) -> None:
    """What the `dask` command does, in this process: it knows where the catalog lies."""
    try:
        command = import_module(f"distributed.cli.{program}").main
        config = import_module("dask.config")
    except ImportError as error:
        raise EngineError(NO_DASK) from error
    config.update_defaults(DEFAULTS)
    command.main(args=list(arguments), standalone_mode=False)
