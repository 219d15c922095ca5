"""A callable of one's own and its parameters."""

from typing import Any

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from catalog.exceptions import InvalidRequest
from catalog.ml.training.own_pipeline import OwnPipeline, call_pipeline


def scaled(strength: float = 1.0, *, mean: bool = True) -> Pipeline:
    return make_pipeline(StandardScaler(with_mean=mean), LogisticRegression(C=strength))


def takes_any(**others: Any) -> LogisticRegression:
    return LogisticRegression(tol=others.get("precision", 1e-4))


def needs_one(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength)


def fails(strength: float = 1.0) -> LogisticRegression:
    raise RuntimeError(f"no {strength}\nand more")


def make(name: str, **params: Any) -> OwnPipeline:
    return call_pipeline(f"{__name__}:{name}", params, task="classification")


def test_the_callable_takes_the_parameters_that_it_names_and_the_estimator_the_rest() -> None:
    own = make("scaled", strength=3.0, mean=False, logisticregression__max_iter=7)
    assert own.estimator.get_params()["logisticregression__C"] == 3.0
    assert own.estimator.get_params()["logisticregression__max_iter"] == 7
    assert own.estimator[0].with_mean is False
    scaled_path = f"{__name__}:scaled"
    assert own.owners == {"strength": scaled_path, "mean": scaled_path, "logisticregression__max_iter": "Pipeline"}


def test_a_callable_that_takes_any_is_given_what_the_estimator_does_not_know() -> None:
    own = make("takes_any", precision=0.5, max_iter=7)
    assert (own.estimator.tol, own.estimator.max_iter) == (0.5, 7)
    assert own.owners == {"precision": f"{__name__}:takes_any", "max_iter": "LogisticRegression"}


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("scaled", {"strenght": 1}, r":scaled nor the Pipeline that it returns has a parameter 'strenght'\. Did you m"),
        ("needs_one", {}, r"needs its parameter 'strength': give it among `params`\.$"),
        ("fails", {"strength": 2}, r":fails with strength failed: RuntimeError: no 2$"),
    ],
)
def test_what_cant_be_made_is_one_line(name: str, params: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        make(name, **params)
