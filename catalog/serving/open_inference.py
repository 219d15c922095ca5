"""The Open Inference Protocol, version 2, in JSON: https://github.com/kserve/open-inference-protocol.

One tensor for each feature, of shape [n] or [n, 1]; a missing value is null in its data. The outputs are `predict` and,
when it is asked for by name, `predict_proba` of shape [n, n_classes].
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from catalog.conf import CatalogSettings
from catalog.exceptions import InvalidRequest
from catalog.ml.tables.schema import ColumnType
from catalog.serving.access import TokenGate
from catalog.serving.model_routes import plain_values
from catalog.serving.request_bodies import Row, check_count, parse_json, read_body
from catalog.serving.scoring_queue import Scored
from catalog.serving.served_models import ServedModels

SERVER = {"name": "model-catalog", "version": "1", "extensions": []}
NUMERIC = {ColumnType.INTEGER: "FP64", ColumnType.NUMBER: "FP64", ColumnType.BOOLEAN: "BOOL"}
KINDS = {"f": "FP64", "i": "INT64", "u": "UINT64", "b": "BOOL"}
OUTPUTS = {"predict", "predict_proba"}
MODEL = "/v2/models/{name}"
VERSION = "/v2/models/{name}/versions/{number}"


def add_open_inference_routes(
    router: APIRouter, served: ServedModels, settings: CatalogSettings, gate: TokenGate
) -> None:
    """The six endpoints; those of models also with a version. Errors are `{"error": …}`."""
    guarded: dict[str, Any] = {"dependencies": [Depends(gate.require_model)]}

    @router.get("/v2")
    async def server_metadata() -> dict[str, Any]:
        return SERVER

    @router.get("/v2/health/live")
    async def server_live() -> dict[str, bool]:
        return {"live": True}

    @router.get("/v2/health/ready")
    async def server_ready() -> JSONResponse:
        return JSONResponse({"ready": served.is_ready}, 200 if served.is_ready else 503)

    @router.get(MODEL, **guarded)
    @router.get(VERSION, **guarded)
    async def model_metadata(name: str, number: str = "") -> dict[str, Any]:
        model = await served.model(_reference(name, number))
        inputs = [
            {"name": feature.name, "datatype": NUMERIC.get(feature.type, "BYTES"), "shape": [-1]}
            for feature in model.signature.features
        ]
        outputs = [{"name": "predict", "datatype": NUMERIC.get(model.signature.target_type, "BYTES"), "shape": [-1]}]
        version = model.reference.partition(":")[2]
        return {"name": name, "versions": [version], "platform": "sklearn", "inputs": inputs, "outputs": outputs}

    @router.get(f"{MODEL}/ready", **guarded)
    @router.get(f"{VERSION}/ready", **guarded)
    async def model_ready(name: str, number: str = "") -> dict[str, Any]:
        await served.model(_reference(name, number))
        return {"name": name, "ready": True}

    @router.post(f"{MODEL}/infer", **guarded)
    @router.post(f"{VERSION}/infer", **guarded)
    async def infer(name: str, request: Request, number: str = "") -> JSONResponse:
        asked = parse_json(await read_body(request, settings))
        rows, outputs = tensor_rows(asked), output_names(asked)
        check_count(rows, settings)
        scored = await served.score(_reference(name, number), rows, with_probabilities="predict_proba" in outputs)
        return JSONResponse(_response(name, asked, outputs, scored))


def _reference(name: str, number: str) -> str:
    return f"{name}:{number}" if number else name


def output_names(asked: Any) -> list[str]:
    """Those asked for; `predict` when none are named. Raises InvalidRequest for others than there are."""
    outputs = asked.get("outputs") or [{"name": "predict"}]
    names = [output.get("name") if isinstance(output, dict) else None for output in _list(outputs, "outputs")]
    if not OUTPUTS.issuperset(names):
        raise InvalidRequest(f"outputs: ask for {' or '.join(sorted(OUTPUTS))} by name.")
    return [str(name) for name in names]


def tensor_rows(asked: Any) -> list[Row]:
    """A row for each position of the tensors. Raises InvalidRequest for tensors that do not belong together."""
    tensors = _list(asked.get("inputs") if isinstance(asked, dict) else None, "inputs")
    columns = dict(_column(tensor) for tensor in tensors)
    if len(columns) != len(tensors) or len({len(cells) for cells in columns.values()}) != 1:
        raise InvalidRequest("inputs: give one tensor for each feature, all of one length.")
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _list(values: Any, called: str) -> Sequence[Any]:
    if not isinstance(values, list) or not values:
        raise InvalidRequest(f"The body has no list of {called}.")
    return values


def _column(tensor: Any) -> tuple[str, list[Any]]:
    """Name and values. Data may be flat or nested as the shape is."""
    match tensor:
        case {"name": str() as name, "shape": [int() as rows] | [int() as rows, 1], "data": list() as data}:
            cells = [cell[0] if isinstance(cell, list) and len(cell) == 1 else cell for cell in data]
            if len(cells) == rows:
                return name, cells
            raise InvalidRequest(f"inputs: {name!r:.80} has {len(cells)} values, and its shape says {rows}.")
    raise InvalidRequest("inputs: each tensor needs a name, a shape [n] or [n, 1], a datatype and data.")


def _response(name: str, asked: Mapping[str, Any], outputs: Sequence[str], scored: Scored) -> dict[str, Any]:
    arrays = {"predict": scored.predictions, "predict_proba": scored.probabilities}
    response = {
        "model_name": name,
        "model_version": scored.model.reference.partition(":")[2],
        "parameters": {"sha256": scored.model.sha256},
        "outputs": [_tensor(output, array) for output in outputs if (array := arrays[output]) is not None],
    }
    return {**response, "id": asked["id"]} if isinstance(asked.get("id"), str) else response


def _tensor(name: str, values: np.ndarray) -> dict[str, Any]:
    """Flat data, row by row."""
    datatype = KINDS.get(values.dtype.kind, "BYTES")
    return {"name": name, "shape": list(values.shape), "datatype": datatype, "data": plain_values(values.ravel())}
