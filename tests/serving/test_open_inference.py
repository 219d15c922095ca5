"""The six endpoints of the Open Inference Protocol answer as `predict` does."""

from typing import Any

import pytest

from tests.serving.served_process import Server
from tests.serving.test_requests import rows


def tensors(count: int = 40, *, nested: bool = False) -> list[dict[str, Any]]:
    """One tensor for each feature, with nulls for what is missing."""
    return [
        {
            "name": name,
            "shape": [count, 1] if nested else [count],
            "datatype": "FP64" if name in {"distance", "dep_time"} else "BYTES",
            "data": [[row[name]] if nested else row[name] for row in rows()[:count]],
        }
        for name in rows()[0]
    ]


def test_the_server_says_what_it_is_and_that_it_is_ready(server: Server) -> None:
    assert server.get("/v2", token="").json["name"] == "model-catalog"
    assert server.get("/v2/health/live", token="").json == {"live": True}
    assert server.get("/v2/health/ready", token="").json == {"ready": True}


@pytest.mark.parametrize(("path", "version"), [("late", "1"), ("late/versions/2", "2")])
def test_a_model_says_what_it_expects_and_that_it_is_ready(server: Server, path: str, version: str) -> None:
    metadata = server.get(f"/v2/models/{path}").json
    assert (metadata["name"], metadata["versions"]) == ("late", [version])
    assert {"name": "distance", "datatype": "FP64", "shape": [-1]} in metadata["inputs"]
    assert metadata["outputs"] == [{"name": "predict", "datatype": "BOOL", "shape": [-1]}]
    assert server.get(f"/v2/models/{path}/ready").json == {"name": "late", "ready": True}


@pytest.mark.parametrize("nested", [False, True])
def test_tensors_are_answered_as_rows_are(server: Server, nested: bool) -> None:
    expected = server.post("/models/late/predict?proba=true", rows()).json
    outputs = [{"name": "predict"}, {"name": "predict_proba"}]
    body = {"id": "one", "inputs": tensors(nested=nested), "outputs": outputs}
    answer = server.post("/v2/models/late/infer", body).json
    predicted, probabilities = answer["outputs"]
    assert (answer["model_name"], answer["model_version"], answer["id"]) == ("late", "1", "one")
    assert (predicted["datatype"], predicted["data"]) == ("BOOL", expected["predictions"])
    assert (probabilities["datatype"], probabilities["shape"]) == ("FP64", [40, 2])
    assert probabilities["data"] == [value for row in expected["probabilities"] for value in row]


def test_a_version_is_named_in_the_path(server: Server) -> None:
    answer = server.post("/v2/models/late/versions/2/infer", {"inputs": tensors(3)}).json
    assert (answer["model_version"], answer["outputs"][0]["shape"]) == ("2", [3])


BROKEN = [
    [], {}, 3, {"inputs": []}, {"inputs": [3]}, {"inputs": [{"name": "distance"}]},
    {"inputs": [{"name": "distance", "shape": [2], "data": [1]}]},
    {"inputs": [{"name": "distance", "shape": [1], "data": [1]}] * 2},
    {"inputs": [{"name": "distance", "shape": [2, 3], "data": [1, 2]}]},
    {"inputs": [{"name": "distance", "shape": [1], "data": [1]}], "outputs": [{"name": "other"}]},
    {"inputs": [{"name": "distance", "shape": [1], "data": [1]}], "outputs": 3},
]  # fmt: skip


@pytest.mark.parametrize("body", BROKEN)
def test_what_is_wrong_is_told_as_an_error(server: Server, body: Any) -> None:
    answer = server.post("/v2/models/late/infer", body)
    assert (answer.status, list(answer.json)) == (422, ["error"])


def test_a_model_that_is_not_there_and_a_missing_token_are_errors_too(server: Server) -> None:
    assert server.get("/v2/models/nothing").status == 404
    assert list(server.post("/v2/models/late/infer", {"inputs": tensors()}, token="").json) == ["error"]
