"""What is asked of the server: whether it lives and is ready, its metrics, and what the models expect."""

import asyncio
from typing import Any

from django.db import close_old_connections
from fastapi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from catalog.serving.access import TokenGate
from catalog.serving.answering import Endpoints, json_response
from catalog.serving.field_schemas import describe_models, models_in_production
from catalog.serving.request_metrics import RequestMetrics
from catalog.serving.served_models import ServedModels


def add_state_routes(endpoints: Endpoints, served: ServedModels, metrics: RequestMetrics, gate: TokenGate) -> None:
    """The metrics only for who has a token for them; the description holds names and types of fields, and no data."""

    async def healthz(request: Request) -> Response:
        return json_response({"status": "ok"})

    async def readyz(request: Request) -> Response:
        return json_response({"status": "ok"}) if served.is_ready else json_response({"status": "loading"}, 503)

    async def show_metrics(request: Request) -> Response:
        served.observe()
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    async def openapi(request: Request) -> Response:
        if served.settings.bucket_only:
            return json_response(describe_models(served.list_described()))
        return json_response(await asyncio.to_thread(_description, served))

    endpoints.add("GET", "/healthz", healthz)
    endpoints.add("GET", "/readyz", readyz)
    endpoints.add("GET", "/metrics", show_metrics, permit=gate.require_metrics)
    endpoints.add("GET", "/openapi.json", openapi)


def _description(served: ServedModels) -> dict[str, Any]:
    close_old_connections()
    try:
        return describe_models(models_in_production(served.names))
    finally:
        close_old_connections()
