"""What is asked of a model: /models/{name}/predict, with @alias or :number, and MLflow's /invocations."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from fastapi import Request, Response

from catalog.conf import CatalogSettings
from catalog.serving.access import TokenGate
from catalog.serving.answering import Endpoints, asked_flag, json_response
from catalog.serving.request_bodies import Row, check_count, invocation_rows, parse_json, read_body, rows_of
from catalog.serving.scoring_queue import Scored
from catalog.serving.served_models import ServedModels

WRITTEN_AS_ARRAYS = (np.dtype(np.float64), np.dtype(np.int64), np.dtype(np.bool_))


def add_model_routes(endpoints: Endpoints, served: ServedModels, settings: CatalogSettings, gate: TokenGate) -> None:
    """Both endpoints; only who has a token for the model is answered."""

    async def score(request: Request, rows: Sequence[Row], proba: bool = False) -> Response:
        check_count(rows, settings)
        reference = request.path_params["reference"]
        return json_response(answer_values(await served.score(reference, rows, with_probabilities=proba)))

    async def predict(request: Request) -> Response:
        rows = rows_of(parse_json(await read_body(request, settings)))
        return await score(request, rows, asked_flag(request, "proba"))

    async def invocations(request: Request) -> Response:
        body = await read_body(request, settings)
        return await score(request, invocation_rows(body, request.headers.get("content-type", "")))

    endpoints.add("POST", "/models/{reference}/predict", predict, permit=gate.require_model)
    endpoints.add("POST", "/models/{reference}/invocations", invocations, permit=gate.require_model)


def answer_values(scored: Scored) -> dict[str, Any]:
    """What JSON says of the answer: which version gave it, and one prediction for each row; of several targets a list
    of them, in the order of `targets`."""
    values: dict[str, Any] = {
        "reference": scored.model.reference,
        "sha256": scored.model.sha256,
        "predictions": json_array(scored.predictions),
    }
    if scored.model.signature.others:
        values["targets"] = [output.name for output in scored.model.signature.outputs]
    if scored.probabilities is not None:
        values["classes"] = json_array(np.asarray(scored.model.estimator.classes_))
        values["probabilities"] = json_array(scored.probabilities)
    return values


def json_array(values: np.ndarray) -> Any:
    """The values as they are written: as an array, of which float32 would be written with fewer digits, or a list."""
    return np.ascontiguousarray(values) if values.dtype in WRITTEN_AS_ARRAYS else values.tolist()
