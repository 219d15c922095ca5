"""Endpoints with their permission, and errors as answers: the words that commands say, with the status of HTTP."""

import logging
import time
from collections.abc import Awaitable, Callable

import orjson
from django.db import Error as DatabaseError
from fastapi import APIRouter, HTTPException, Request, Response

from catalog.exceptions import (
    CatalogError,
    EnvironmentMismatch,
    InvalidData,
    InvalidReference,
    InvalidRequest,
    NotFound,
    NotPermitted,
    NotReady,
    Overloaded,
)
from catalog.serving.request_metrics import RequestMetrics

Handler = Callable[[Request], Awaitable[Response]]
STATUSES: dict[type[Exception], int] = {
    NotFound: 404,
    InvalidReference: 404,
    NotReady: 409,
    NotPermitted: 409,
    EnvironmentMismatch: 409,
    InvalidData: 422,
    InvalidRequest: 422,
}
UNAVAILABLE = 503
RETRY = {"Retry-After": "1"}
OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
logger = logging.getLogger(__name__)


class Endpoints:
    """Adds endpoints to the router. They are plain ones of Starlette: what FastAPI finds out about the parameters of a
    function at each call takes longer than a row takes to be scored among others."""

    def __init__(self, router: APIRouter, metrics: RequestMetrics) -> None:
        self.router, self.metrics = router, metrics

    def add(
        self, method: str, path: str, handle: Handler, *, permit: Callable[[Request], object] | None = None
    ) -> None:
        """`permit` raises HTTPException for who may not ask."""
        count, word = self.metrics.counter(path), "error" if path.startswith("/v2") else "detail"

        async def answer(request: Request) -> Response:
            begun = time.perf_counter()
            try:
                if permit is not None:
                    permit(request)
                response = await handle(request)
            except (CatalogError, DatabaseError, OSError, HTTPException) as error:
                response = error_response(error, word=word)
            count(response.status_code, time.perf_counter() - begun)
            return response

        self.router.add_route(path, answer, methods=[method])


def json_response(values: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """With arrays as lists; what is not finite is null."""
    return Response(orjson.dumps(values, option=OPTIONS), status, headers, "application/json")


def error_response(error: Exception, *, word: str) -> Response:
    """What is wrong with the request is told, under `word`; of what is wrong here, that it is, and the log tells the
    rest."""
    if isinstance(error, HTTPException):
        return json_response({word: error.detail}, error.status_code, dict(error.headers or {}))
    status = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), UNAVAILABLE)
    if status != UNAVAILABLE:
        return json_response({word: str(error)}, status)
    if isinstance(error, Overloaded):
        return json_response({word: str(error)}, status, RETRY)
    logger.error("A request can't be answered now: %s", error)
    return json_response({word: "The model can't be loaded now; the log says why."}, status, RETRY)


def asked_flag(request: Request, name: str) -> bool:
    """Of `?proba=true`. Raises InvalidRequest for another word."""
    word = request.query_params.get(name, "false").lower()
    if word not in {"true", "false", "1", "0"}:
        raise InvalidRequest(f"`{name}` must be true or false, not {word[:80]!r}.")
    return word in {"true", "1"}
