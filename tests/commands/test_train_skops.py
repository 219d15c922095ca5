import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from catalog.exceptions import InvalidArtifact
from catalog.ml.evaluation.replay import unlike_predictions
from catalog.models import DatasetVersion, RegisteredModel
from catalog.services.prediction.loading import load_version
from catalog.services.registry.references import get_model_version
from tests.commands.conftest import Run


def train(run: Run, *options: str) -> Any:
    request = ("--dataset", "departures", "--target", "late", "--format", "skops")
    return run("train_model", "m", *request, *options)


def test_a_model_in_skops_loads_and_predicts_the_same(run: Run, departures_v1: DatasetVersion) -> None:
    assert train(run, "--estimator", "decision_tree").code == 0
    version = get_model_version("m:1")
    assert (version.artifact_format, version.stored_key.rpartition("-")[2]) == ("skops", "model.skops")
    estimator = load_version(version).estimator
    assert unlike_predictions(estimator, version.signature, version.report["sample"]) == ""


def test_types_beyond_skops_own_are_recorded_with_the_digest(run: Run, departures_v1: DatasetVersion) -> None:
    outcome = train(run, "--estimator", "decision_tree")
    assert outcome.code == 0, outcome.err
    version = get_model_version("m:1")
    assert version.approved_types == ["sklearn.tree._tree.Tree"]
    assert version.approved_sha256 == version.sha256
    version.approved_sha256 = "0" * 64
    with pytest.raises(InvalidArtifact, match=r"needs types that are not trusted: sklearn\.tree\._tree\.Tree"):
        load_version(version)


def test_what_skops_can_not_keep_is_refused_before_it_is_trained(
    run: Run, departures_v1: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sklearn.pipeline.Pipeline.fit", lambda *given, **options: pytest.fail("trained"))
    done = train(run, "--pipeline", f"{__name__}:with_pattern")
    assert done.code == 1
    assert done.err.startswith("--format skops: skops can't keep this Pipeline (")
    assert done.err.endswith("Use --format joblib.")
    assert not RegisteredModel.objects.exists()


def with_pattern() -> Any:
    return make_pipeline(FunctionTransformer(kw_args={"pattern": re.compile("a")}), LogisticRegression())


def with_lambda() -> Any:
    return make_pipeline(FunctionTransformer(lambda rows: rows), LogisticRegression())


def with_local_class() -> Any:
    class Local(LogisticRegression):
        pass

    return make_pipeline(Local())


def with_open_file() -> Any:
    return make_pipeline(FunctionTransformer(kw_args={"words": WORDS[0]}), LogisticRegression())


WORDS: list[Any] = []


@pytest.fixture
def an_open_file() -> Iterator[None]:
    with Path(__file__).open() as file:
        WORDS[:] = [file]
        yield
    WORDS.clear()


UNSTORABLE = {
    "with_lambda": "This Pipeline can't be stored, for its parameter 'functiontransformer__func' (",
    "with_local_class": "This Pipeline can't be stored, for its parameter 'local' (AttributeError: Can't ",
    "with_open_file": "This Pipeline can't be stored, for its parameter 'functiontransformer__kw_args' (TypeError: ",
}


@pytest.mark.parametrize("artifact_format", ["joblib", "skops"])
@pytest.mark.parametrize("name", UNSTORABLE)
@pytest.mark.usefixtures("an_open_file")
def test_what_can_not_be_stored_is_one_line_before_it_is_trained(
    run: Run, departures_v1: DatasetVersion, monkeypatch: pytest.MonkeyPatch, name: str, artifact_format: str
) -> None:
    monkeypatch.setattr("sklearn.pipeline.Pipeline.fit", lambda *given, **options: pytest.fail("trained"))
    done = train(run, "--pipeline", f"{__name__}:{name}", "--format", artifact_format)
    assert (done.code, "\n" in done.err) == (1, False)
    assert done.err.startswith(UNSTORABLE[name])
    assert done.err.endswith("must stand at the top of a module, and files be opened where they are read.")
    assert not RegisteredModel.objects.exists()
