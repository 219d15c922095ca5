"""The Open Inference Protocol, version 2, in JSON: https://github.com/kserve/open-inference-protocol.

One tensor for each feature, of shape [n] or [n, 1]; a missing value is null in its data. The outputs are `predict`,
of shape [n] or, of several targets, [n, n_targets], and, when it is asked for by name, `predict_proba` of shape
[n, n_classes].
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from fastapi import Request, Response

from catalog.conf import CatalogSettings
from catalog.exceptions import InvalidRequest, counted
from catalog.ml.tables.schema import ColumnType
from catalog.services.prediction.loaded_model import Model
from catalog.serving.access import TokenGate
from catalog.serving.answering import Endpoints, json_response
from catalog.serving.model_routes import json_array
from catalog.serving.request_bodies import Row, check_count, parse_json, read_body
from catalog.serving.scoring_queue import Scored
from catalog.serving.served_models import ServedModels

SERVER = {"name": "model-catalog", "version": "1", "extensions": []}
NUMERIC = {ColumnType.INTEGER: "FP64", ColumnType.NUMBER: "FP64", ColumnType.BOOLEAN: "BOOL"}
KINDS = {"f": "FP64", "i": "INT64", "u": "UINT64", "b": "BOOL"}
OUTPUTS = {"predict", "predict_proba"}


def add_open_inference_routes(
    endpoints: Endpoints, served: ServedModels, settings: CatalogSettings, gate: TokenGate
) -> None:
    """The six endpoints; those of models also with a version. Errors are `{"error": …}`."""

    async def server_metadata(request: Request) -> Response:
        return json_response(SERVER)

    async def server_live(request: Request) -> Response:
        return json_response({"live": True})

    async def server_ready(request: Request) -> Response:
        return json_response({"ready": served.is_ready}, 200 if served.is_ready else 503)

    async def model_metadata(request: Request) -> Response:
        return json_response(_metadata(request.path_params["name"], await served.model(_reference(request))))

    async def model_ready(request: Request) -> Response:
        await served.model(_reference(request))
        return json_response({"name": request.path_params["name"], "ready": True})

    async def infer(request: Request) -> Response:
        asked = parse_json(await read_body(request, settings))
        rows, outputs = tensor_rows(asked), output_names(asked)
        check_count(rows, settings)
        scored = await served.score(_reference(request), rows, with_probabilities="predict_proba" in outputs)
        return json_response(_response(request.path_params["name"], asked, outputs, scored))

    endpoints.add("GET", "/v2", server_metadata)
    endpoints.add("GET", "/v2/health/live", server_live)
    endpoints.add("GET", "/v2/health/ready", server_ready)
    for path in ("/v2/models/{name}", "/v2/models/{name}/versions/{number}"):
        endpoints.add("GET", path, model_metadata, permit=gate.require_model)
        endpoints.add("GET", f"{path}/ready", model_ready, permit=gate.require_model)
        endpoints.add("POST", f"{path}/infer", infer, permit=gate.require_model)


def _metadata(name: str, model: Model) -> dict[str, Any]:
    inputs = [
        {"name": feature.name, "datatype": NUMERIC.get(feature.type, "BYTES"), "shape": [-1]}
        for feature in model.signature.features
    ]
    columns = model.signature.outputs
    shape = [-1, len(columns)] if len(columns) > 1 else [-1]
    outputs = [{"name": "predict", "datatype": NUMERIC.get(model.signature.target_type, "BYTES"), "shape": shape}]
    version = model.reference.partition(":")[2]
    return {"name": name, "versions": [version], "platform": "sklearn", "inputs": inputs, "outputs": outputs}


def _reference(request: Request) -> str:
    name, number = request.path_params["name"], request.path_params.get("number")
    return f"{name}:{number}" if number else str(name)


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
            raise InvalidRequest(f"inputs: {name!r:.80} has {counted(len(cells), 'value')}, and its shape says {rows}.")
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
    return {"name": name, "shape": list(values.shape), "datatype": datatype, "data": json_array(values.ravel())}
