"""What the server answers and logs where a version predicts several columns."""

from datetime import UTC, datetime

import numpy as np

from catalog.ml.features import Feature
from catalog.ml.prediction.logged_rows import LoggedRows, logged_table
from catalog.ml.signature import Output, Signature
from catalog.ml.tables.schema import ColumnType
from catalog.services.prediction.loaded_model import Model
from catalog.serving.field_schemas import DescribedModel, describe_models
from catalog.serving.model_routes import answer_values
from catalog.serving.open_inference import _metadata, _response
from catalog.serving.scoring_queue import Scored

NUMBER = ColumnType.NUMBER
SIGNATURE = Signature((Feature("size", NUMBER),), "price", NUMBER, "regression", others=(Output("weight", NUMBER),))
PREDICTED = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
SCORED = Scored(Model("wood:1", "a" * 64, SIGNATURE, {}, None), PREDICTED, None)


def test_a_prediction_is_a_list_in_the_order_of_the_targets() -> None:
    answer = answer_values(SCORED)
    assert answer["targets"] == ["price", "weight"]
    assert np.array_equal(answer["predictions"], PREDICTED)


def test_a_tensor_has_a_column_for_each() -> None:
    (described,) = _metadata("wood", SCORED.model)["outputs"]
    assert described["shape"] == [-1, 2]
    (tensor,) = _response("wood", {}, ["predict"], SCORED)["outputs"]
    assert (tensor["shape"], list(tensor["data"])) == ([3, 2], [1, 2, 3, 4, 5, 6])


def test_the_description_names_them() -> None:
    described = describe_models([DescribedModel("wood", "wood:1", SIGNATURE.as_json())])
    assert described["paths"]["/models/wood/predict"]["post"]["summary"] == "Predict price, weight"


def test_the_log_has_a_column_for_each() -> None:
    logged = LoggedRows(datetime(2026, 1, 1, tzinfo=UTC), [{"size": at} for at in range(3)], PREDICTED)
    table = logged_table([logged], ["size"], predictions=SIGNATURE.prediction_names)
    assert table.column_names == ["answered_at", "size", "prediction_price", "prediction_weight"]
    assert table["prediction_weight"].to_pylist() == [2, 4, 6]


def test_a_signature_comes_back_from_its_json() -> None:
    assert Signature.from_json(SIGNATURE.as_json()) == SIGNATURE
