"""uvicorn, with as many processes as asked for."""

from collections.abc import Callable

import uvicorn
from uvicorn.supervisors import Multiprocess

from catalog.conf import catalog_settings
from catalog.exceptions import InvalidRequest
from catalog.serving.application import open_gate

# uvicorn's own formatter of requests copies each record and paints its parts: a fifth of what an answer takes.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {
        name: {"handlers": ["stderr"], "level": "INFO", "propagate": False} for name in ("uvicorn", "catalog.serving")
    },
}


def run_server(factory: Callable[[], object], *, host: str, port: int, workers: int) -> None:
    """Serve until SIGTERM or SIGINT; requests that have begun are answered before it ends.

    `factory` is called in each process, and has to be known by name there. Raises InvalidRequest.
    """
    if workers < 1:
        raise InvalidRequest(f"`workers` must be 1 or more, not {workers}.")
    settings = catalog_settings()
    open_gate(settings)
    config = uvicorn.Config(
        factory,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        lifespan="on",
        log_config=LOGGING,
        timeout_graceful_shutdown=int(settings.serving_seconds) + 1,
    )
    if workers == 1:
        uvicorn.Server(config).run()
    else:
        Multiprocess(config, sockets=[config.bind_socket()]).run()
