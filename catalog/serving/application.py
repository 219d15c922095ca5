"""The application and its router, which another FastAPI application can include."""

import asyncio
import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from catalog.conf import CatalogSettings, catalog_settings
from catalog.exceptions import InvalidRequest
from catalog.outside_django import without_event_loop
from catalog.services.prediction.loading import check_code_permitted
from catalog.serving.access import TokenGate
from catalog.serving.answering import Endpoints
from catalog.serving.docs_page import add_docs_page
from catalog.serving.model_routes import add_model_routes
from catalog.serving.open_inference import add_open_inference_routes
from catalog.serving.request_metrics import RequestMetrics
from catalog.serving.served_models import ServedModels
from catalog.serving.state_routes import add_state_routes


def create_router(names: Sequence[str] = (), *, code_from_version: bool = False) -> APIRouter:
    """All endpoints, for `include_router` of an application of one's own.

    Parameters
    ----------
    names : sequence of str
        The models that are served, and loaded before the first request; all when empty, each when first asked for.
    code_from_version : bool, default=False
        Load them with the copies of their own modules that are kept with them, which runs their code.

    Raises
    ------
    InvalidRequest
        There is no token, and the settings do not say that everybody may ask; or they contradict each other.
    NotPermitted
        Code from versions may not run here.
    """
    check_code_permitted(code_from_version)
    settings, metrics = catalog_settings(), RequestMetrics()
    if settings.serving_log and settings.bucket_only:
        raise InvalidRequest(
            "CATALOG_SERVING_LOG keeps receipts in the database, and with CATALOG_BUCKET_ONLY there is none. Switch "
            "one of them off."
        )
    gate = open_gate(settings)
    served = ServedModels(names, settings, metrics, code_from_version=code_from_version)

    @asynccontextmanager
    async def lifespan(app: object) -> AsyncIterator[None]:
        refreshing = asyncio.create_task(_keep_refreshing(gate, settings.serving_follow_seconds))
        await served.load_all()
        yield
        refreshing.cancel()
        await served.close()

    router = APIRouter(lifespan=lifespan)
    endpoints = Endpoints(router, metrics)
    add_model_routes(endpoints, served, settings, gate)
    add_open_inference_routes(endpoints, served, settings, gate)
    add_state_routes(endpoints, served, metrics, gate)
    add_docs_page(endpoints)
    return router


def open_gate(settings: CatalogSettings) -> TokenGate:
    """The gate with the tokens that there are. Raises InvalidRequest when it would let nobody in."""
    gate = TokenGate(settings, asks_database=not settings.bucket_only)
    without_event_loop(gate.refresh)
    gate.check_set_up()
    return gate


async def _keep_refreshing(gate: TokenGate, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        await asyncio.to_thread(gate.refresh)


def create_app(names: Sequence[str] = (), *, code_from_version: bool = False) -> FastAPI:
    """The application of `create_router` alone; its own description of the models is at /docs."""
    app = FastAPI(title="Model catalog", openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(create_router(names, code_from_version=code_from_version))
    app.include_router(APIRouter(lifespan=_without_what_stays))  # begins after the other, when the models are there
    return app


@asynccontextmanager
async def _without_what_stays(app: object) -> AsyncIterator[None]:
    """Python looks for unused objects among all others, and stops for a tenth of a second to go through libraries and
    models, which stay: from here on it leaves those out."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
