"""What is asked of a model: /models/{name}/predict, with @alias or :number, and MLflow's /invocations."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from catalog.conf import CatalogSettings
from catalog.serving.access import TokenGate
from catalog.serving.request_bodies import Row, check_count, invocation_rows, parse_json, read_body, rows_of
from catalog.serving.scoring_queue import Scored
from catalog.serving.served_models import ServedModels


def add_model_routes(router: APIRouter, served: ServedModels, settings: CatalogSettings, gate: TokenGate) -> None:
    """Both endpoints; only who has a token for the model is answered."""
    guarded: dict[str, Any] = {"dependencies": [Depends(gate.require_model)]}

    async def score(reference: str, rows: Sequence[Row], proba: bool = False) -> Scored:
        check_count(rows, settings)
        return await served.score(reference, rows, with_probabilities=proba)

    @router.post("/models/{reference}/predict", **guarded)
    async def predict(reference: str, request: Request, proba: bool = False) -> JSONResponse:
        rows = rows_of(parse_json(await read_body(request, settings)))
        return JSONResponse(answer_values(await score(reference, rows, proba)))

    @router.post("/models/{reference}/invocations", **guarded)
    async def invocations(reference: str, request: Request) -> JSONResponse:
        body = await read_body(request, settings)
        rows = invocation_rows(body, request.headers.get("content-type", ""))
        return JSONResponse(answer_values(await score(reference, rows)))


def answer_values(scored: Scored) -> dict[str, Any]:
    """What JSON says of the answer: which version gave it, and one prediction for each row."""
    values: dict[str, Any] = {
        "reference": scored.model.reference,
        "sha256": scored.model.sha256,
        "predictions": plain_values(scored.predictions),
    }
    if scored.probabilities is not None:
        values["classes"] = plain_values(np.asarray(scored.model.estimator.classes_))
        values["probabilities"] = plain_values(scored.probabilities)
    return values


def plain_values(values: np.ndarray) -> list[Any]:
    """The values as JSON has them: what is not finite is null."""
    if np.issubdtype(values.dtype, np.floating) and not np.isfinite(values).all():
        values = np.where(np.isfinite(values), values, None)  # type: ignore[call-overload] # None makes it objects
    plain: list[Any] = values.tolist()
    return plain
