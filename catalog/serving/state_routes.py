"""What is asked of the server: whether it lives and is ready, its metrics, and what the models expect."""

from typing import Any

from django.db import close_old_connections
from fastapi import APIRouter, Depends, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from catalog.serving.access import TokenGate
from catalog.serving.field_schemas import describe_models
from catalog.serving.request_metrics import RequestMetrics
from catalog.serving.served_models import ServedModels


def add_state_routes(router: APIRouter, served: ServedModels, metrics: RequestMetrics, gate: TokenGate) -> None:
    """The metrics only for who has a token for them; the description holds names and types of fields, and no data."""

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        return JSONResponse({"status": "ok"}) if served.is_ready else JSONResponse({"status": "loading"}, 503)

    @router.get("/metrics", dependencies=[Depends(gate.require_metrics)])
    async def show_metrics() -> Response:
        served.observe()
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    @router.get("/openapi.json")
    def openapi() -> dict[str, Any]:
        try:
            return describe_models(served.names)
        finally:
            close_old_connections()

    @router.get("/docs")
    async def docs(request: Request) -> HTMLResponse:
        address = str(request.url.path).removesuffix("/docs") + "/openapi.json"
        return get_swagger_ui_html(openapi_url=address, title="Model catalog")
