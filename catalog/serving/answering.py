"""Errors as answers: the words that commands say, with the status that HTTP has for them."""

import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any

from django.db import Error as DatabaseError
from fastapi import HTTPException, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

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

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
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
logger = logging.getLogger(__name__)


def answering_route(metrics: RequestMetrics) -> type[APIRoute]:
    """The class of routes that answer a CatalogError, and are counted."""

    class AnsweringRoute(APIRoute):
        def get_route_handler(self) -> Handler:
            handle, path = super().get_route_handler(), self.path

            async def answer(request: Request) -> Response:
                begun = time.perf_counter()
                try:
                    response = await handle(request)
                except (CatalogError, DatabaseError, OSError, HTTPException) as error:
                    response = error_response(error, word="error" if "/v2" in path else "detail")
                metrics.count(path, response.status_code, time.perf_counter() - begun)
                return response

            return answer

    return AnsweringRoute


def error_response(error: Exception, *, word: str) -> Response:
    """What is wrong with the request is told, under `word`; of what is wrong here, that it is, and the log tells the
    rest."""
    if isinstance(error, HTTPException):
        return JSONResponse({word: error.detail}, error.status_code, error.headers)
    status = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), UNAVAILABLE)
    if status != UNAVAILABLE:
        return JSONResponse({word: str(error)}, status)
    if isinstance(error, Overloaded):
        return JSONResponse({word: str(error)}, status, RETRY)
    logger.error("A request can't be answered now: %s", error)
    return JSONResponse({word: "The model can't be loaded now; the log says why."}, status, RETRY)
