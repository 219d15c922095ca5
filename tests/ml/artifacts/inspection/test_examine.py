import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from catalog.exceptions import InvalidArtifact, LoadFailed
from catalog.ml.artifacts.inspection.examine import examine
from catalog.ml.artifacts.inspection.limits import Limits
from tests.hostile_models import CORRUPTED_TREES, IRIS, fitted, rewritten, skops_bytes, touching_pickle
from tests.summary import count

KD_TREE = ["sklearn.metrics._dist_metrics.EuclideanDistance64", "sklearn.neighbors._kd_tree.KDTree"]
PARTIAL = ("func", "args", "kwds", "namespace")
NOTHING_SAID = {"columns": None, "source": "", "target": "", "task": ""}


def examined(content: bytes, **asked: Any) -> dict[str, Any]:
    described = {**NOTHING_SAID, **{name: asked.pop(name) for name in list(asked) if name in NOTHING_SAID}}
    request = {"name": "m", "family": "skops", "compression": "", "trusted": [], "approved": None, "limits": Limits()}
    return examine(io.BytesIO(content), **{**request, **asked}, described=described)


def neighbors() -> bytes:
    return skops_bytes(KNeighborsClassifier(algorithm="kd_tree").fit(IRIS.data, IRIS.target))


class Outside(ClassifierMixin, BaseEstimator):
    def fit(self, rows: Any, target: Any) -> "Outside":
        self.classes_ = np.unique(target)
        self.n_features_in_ = rows.shape[1]
        return self

    def predict(self, rows: Any) -> Any:
        return np.full(len(rows), self.classes_[0])


def test_what_skops_trusts_is_loaded_and_described() -> None:
    answer = examined(skops_bytes(make_pipeline(StandardScaler(), LogisticRegression()).fit(IRIS.data, IRIS.target)))
    result = answer["inspection"]
    assert (result["estimator"], result["task"], result["classes"]) == (
        "sklearn.pipeline.Pipeline", "classification", [0, 1, 2],
    )  # fmt: skip
    assert result["feature_names"] == list(IRIS.data.columns)
    assert result["sklearn_version"] == __import__("sklearn").__version__
    assert answer["signature"]["inputs"][0] == {
        "name": "sepal length (cm)", "type": "number", "passed_as": "float64", "categories": None,
    }  # fmt: skip
    assert answer["signature"]["output"] == {"name": "prediction", "type": "integer", "classes": [0, 1, 2]}


@pytest.mark.parametrize("kind", ["tree", "forest", "boosting", "histogram"])
def test_trees_are_trusted_once_they_are_validated(kind: str) -> None:
    result = examined(skops_bytes(fitted(kind)))["inspection"]
    assert result["types"] == []
    assert result["trees"] > 0


@pytest.mark.parametrize("name", ["tree, feature far beyond", "histogram, left far beyond"])
def test_a_corrupted_tree_is_refused_before_it_predicts(name: str) -> None:
    kind, edit = CORRUPTED_TREES[name]
    with pytest.raises(InvalidArtifact, match="a tree in it is corrupted"):
        examined(rewritten(skops_bytes(fitted(kind)), array=edit))


def test_types_beyond_the_trusted_are_named_and_nothing_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skops.io.load", lambda *given, **options: pytest.fail("loaded"))
    answer = examined(neighbors())
    assert answer["inspection"]["untrusted"] == answer["inspection"]["types"] == KD_TREE
    assert answer["inspection"]["task"] == "classification"
    assert answer["inspection"]["classes"] == [0, 1, 2]
    assert answer["signature"] is None


def test_the_list_of_trusted_types_is_the_settings() -> None:
    answer = examined(neighbors(), trusted=KD_TREE)
    assert (answer["inspection"]["types"], answer["inspection"]["untrusted"]) == (KD_TREE, [])
    assert answer["signature"] is not None


def test_a_file_that_lists_its_own_types_as_trusted_is_not_believed() -> None:
    def trusting(schema: dict[str, Any]) -> None:
        schema["trusted"] = schema["__trusted__"] = schema["content"]["trusted"] = KD_TREE

    assert examined(rewritten(neighbors(), schema=trusting))["inspection"]["untrusted"] == KD_TREE
    count("hostile models refused")


def test_approval_covers_the_types_that_were_shown_and_no_other() -> None:
    assert examined(neighbors(), approved=KD_TREE)["signature"] is not None
    with pytest.raises(InvalidArtifact, match=r"were not shown for approval: sklearn\.neighbors\._kd_tree"):
        examined(neighbors(), approved=KD_TREE[:1])


@pytest.mark.parametrize("protocol", [0, 1, 2, True, "2", 99, -1, None])
def test_an_old_protocol_does_not_hide_types(protocol: Any) -> None:
    content = rewritten(neighbors(), schema=lambda schema: schema.update(protocol=protocol))
    try:
        assert set(examined(content)["inspection"]["untrusted"]) >= set(KD_TREE)
    except (TypeError, ValueError) as error:
        assert "protocol" in str(error)  # noqa: PT017 - either is right
    count("hostile models refused")


@pytest.mark.parametrize("call", [("os", "system"), ("builtins", "eval"), ("pathlib", "Path"), ("subprocess", "run")])
@pytest.mark.parametrize("loader", ["FunctionNode", "TypeNode", "ObjectNode", "PartialNode"])
def test_functions_in_place_of_values_are_named_and_not_called(call: tuple[str, str], loader: str) -> None:
    def calling(schema: dict[str, Any]) -> None:
        text = {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "content": '"touch marker"'}
        listed = {"__class__": "tuple", "__module__": "builtins", "__loader__": "TupleNode", "content": [text]}
        schema["content"]["content"]["C"] = {
            "__module__": call[0],
            "__class__": call[1],
            "__loader__": loader,
            "content": dict.fromkeys(("func", "args", "kwds", "namespace"), listed)
            if loader == "PartialNode"
            else None,
        }

    result = examined(rewritten(skops_bytes(fitted("logistic")), schema=calling))
    assert ".".join(call) in result["inspection"]["untrusted"]
    assert result["signature"] is None
    count("hostile models refused")


@pytest.mark.parametrize("name", ["a b", "x" * 400, "\u202esreip", "a;b", ""])
def test_a_type_that_is_no_name_is_refused(name: str) -> None:
    content = rewritten(neighbors(), schema=lambda schema: schema.update(__class__=name))
    with pytest.raises(InvalidArtifact, match="it names a type that is no name"):
        examined(content)


def test_a_tree_that_is_made_another_way_is_refused() -> None:
    """A Tree without nodes, called into being by the loader for constructors."""

    def constructed(schema: dict[str, Any]) -> None:
        inside = schema["content"]["content"]
        tree = inside["tree_"]
        inside["tree_"] = {**tree, "__loader__": "ConstructorFromReduceNode", "content": tree["__reduce__"]["args"]}

    with pytest.raises(InvalidArtifact, match="a tree in it is corrupted: it has no nodes"):
        examined(rewritten(skops_bytes(fitted("tree")), schema=constructed))
    count("hostile models refused")


def test_the_datasets_columns_give_the_types() -> None:
    columns = dict.fromkeys(IRIS.data.columns, "integer") | {"kind": "string"}
    answer = examined(skops_bytes(fitted("tree")), columns=columns, source="iris:1", target="kind")
    assert {column["type"] for column in answer["signature"]["inputs"]} == {"integer"}
    assert answer["signature"]["output"]["name"] == "kind"
    assert answer["signature"]["output"]["type"] == "string"


def test_a_column_that_the_dataset_lacks_is_named() -> None:
    with pytest.raises(InvalidArtifact, match=r"fitted on the column 'sepal length \(cm\)', which iris:1 has not"):
        examined(skops_bytes(fitted("tree")), columns={"length": "number"}, source="iris:1")


def test_an_estimator_without_names_takes_the_datasets_columns_in_order() -> None:
    content = skops_bytes(LinearRegression().fit(np.eye(3), [1.0, 2.0, 3.0]))
    columns = {"a": "number", "y": "number", "b": "date", "c": "boolean"}
    answer = examined(content, columns=columns, source="d:1", target="y")
    assert [column["name"] for column in answer["signature"]["inputs"]] == ["a", "b", "c"]
    assert [column["name"] for column in examined(content)["signature"]["inputs"]] == ["x0", "x1", "x2"]
    with pytest.raises(InvalidArtifact, match="it takes 3 features and does not name them, and d:1 has 4 columns"):
        examined(content, columns=columns, source="d:1")


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (LogisticRegression(), "the LogisticRegression in it is not fitted"),
        (StandardScaler().fit(IRIS.data), "it holds a StandardScaler, expected a fitted scikit-learn estimator"),
        ({"a": 1}, "it holds a dict, expected"),
        (KMeans(2, n_init=1, random_state=0).fit(IRIS.data), "is neither a classifier nor a regressor"),
        (LinearRegression().fit(IRIS.data, IRIS.data), None),
    ],
)
def test_what_can_not_predict_one_target_is_refused(estimator: Any, message: str | None) -> None:
    content = skops_bytes(estimator)
    if message is None:  # nothing says that it has several outputs but its shape
        assert examined(content)["signature"]
        return
    with pytest.raises(InvalidArtifact, match=message):
        examined(content)


def test_a_task_that_the_estimator_contradicts_is_refused() -> None:
    with pytest.raises(InvalidArtifact, match="does classification, and regression was expected"):
        examined(skops_bytes(fitted("tree")), task="regression")


def test_a_pipeline_that_fails_on_made_up_rows_is_accepted_with_a_note() -> None:
    columns = make_column_transformer((OneHotEncoder(handle_unknown="error"), ["kind"]))
    frame = IRIS.data.iloc[:, :1].assign(kind="a")
    pipeline = make_pipeline(columns, LogisticRegression()).fit(frame, IRIS.target)
    notes = examined(skops_bytes(pipeline))["inspection"]["notes"]
    assert len(notes) == 1
    assert notes[0].startswith("Predicting made-up rows raised ")


def test_a_pickle_is_not_loaded_before_it_is_approved(tmp_path: Path) -> None:
    answer = examined(touching_pickle(tmp_path / "marker"), family="pickle")
    assert answer["signature"] is None
    assert not (tmp_path / "marker").exists()


def test_an_approved_pickle_is_loaded_and_described() -> None:
    import pickle

    answer = examined(pickle.dumps(fitted("boosting")), family="pickle", approved=[])
    assert (answer["inspection"]["trees"], answer["inspection"]["task"]) == (3, "regression")
    assert answer["signature"]["output"] == {"name": "prediction", "type": "number", "classes": None}


def test_an_approved_pickle_with_a_corrupted_tree_is_refused() -> None:
    import pickle

    estimator = fitted("tree")
    state = estimator.tree_.__getstate__()
    state["nodes"]["feature"][0] = 4000
    estimator.tree_.__setstate__(state)
    with pytest.raises(InvalidArtifact, match="a tree in it is corrupted"):
        examined(pickle.dumps(estimator), family="pickle", approved=[])
    count("hostile models refused")


def test_a_lambda_can_not_be_loaded_by_skops_and_says_so() -> None:
    content = skops_bytes(make_pipeline(FunctionTransformer(lambda rows: rows), fitted("tree")))
    result = examined(content)["inspection"]
    assert result["untrusted"] == ["tests.ml.artifacts.inspection.test_examine.<lambda>"]
    with pytest.raises(LoadFailed, match="the file can't be loaded here: AttributeError"):
        examined(content, approved=result["types"])


def test_a_class_of_ones_own_is_named() -> None:
    result = examined(skops_bytes(Outside().fit(IRIS.data, IRIS.target)))["inspection"]
    assert result["untrusted"] == [f"{Outside.__module__}.Outside"]
