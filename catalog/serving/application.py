"""The application and its router, which another FastAPI application can include."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from catalog.conf import catalog_settings
from catalog.serving.access import check_set_up
from catalog.serving.answering import answering_route
from catalog.serving.model_routes import add_model_routes
from catalog.serving.open_inference import add_open_inference_routes
from catalog.serving.request_metrics import RequestMetrics
from catalog.serving.served_models import ServedModels
from catalog.serving.state_routes import add_state_routes


def create_router(names: Sequence[str] = ()) -> APIRouter:
    """All endpoints, for `include_router` of an application of one's own.

    Parameters
    ----------
    names : sequence of str
        The models that are served, and loaded before the first request; all when empty, each when first asked for.

    Raises
    ------
    InvalidRequest
        The settings name no token and do not say that everybody may ask.
    """
    settings = catalog_settings()
    check_set_up(settings)
    metrics = RequestMetrics()
    served = ServedModels(names, settings, metrics)

    @asynccontextmanager
    async def lifespan(app: object) -> AsyncIterator[None]:
        await served.load_all()
        yield
        await served.close()

    router = APIRouter(lifespan=lifespan, route_class=answering_route(metrics))
    add_model_routes(router, served, settings)
    add_open_inference_routes(router, served, settings)
    add_state_routes(router, served, metrics)
    return router


def create_app(names: Sequence[str] = ()) -> FastAPI:
    """The application of `create_router` alone; its own description of the models is at /docs."""
    app = FastAPI(title="Model catalog", openapi_url=None)
    app.include_router(create_router(names))
    return app
