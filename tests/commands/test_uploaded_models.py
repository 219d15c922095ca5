"""add_version, approve_version, reject_version and predict with a model trained elsewhere."""

import json
from pathlib import Path

import pytest

from catalog.models import ModelVersion
from tests.commands.conftest import Run
from tests.factories import write_csv
from tests.hostile_models import IRIS, fitted, skops_bytes, touching_pickle
from tests.ml.artifacts.inspection.test_examine import KD_TREE, neighbors
from tests.uploading import assert_nothing_is_left, write_model

pytestmark = pytest.mark.usefixtures("inspected_here")
SKLEARN = __import__("sklearn").__version__


def test_a_trusted_model_is_added_and_predicts(run: Run, tmp_path: Path) -> None:
    done = run("add_version", "iris", write_model(tmp_path, skops_bytes(fitted("forest"))), "--metric", "accuracy=0.93")
    short = ModelVersion.objects.get().sha256[:12]
    assert done.lines == [
        f"Added iris:1 (sha256 {short}…): READY.",
        f"  sklearn.ensemble._forest.RandomForestClassifier in skops, saved with scikit-learn {SKLEARN}.",
        "  It takes 4 features.",
        "  3 trees checked.",
        "  Put it in production: manage.py promote iris:1",
    ]
    run("promote", "iris:1")
    predicted = run("predict", "iris", "-i", write_csv(IRIS.data, tmp_path), "-o", tmp_path / "out.csv", "--json")
    assert predicted.json["rows"] == 150
    assert "iris:1" in run("versions", "iris").out or "1  " in run("versions", "iris").out
    assert run("versions", "iris", "--json").json["versions"][0]["dataset"] == ""


def test_an_estimator_fitted_without_names_predicts_by_position(run: Run, tmp_path: Path) -> None:
    from sklearn.tree import DecisionTreeClassifier

    estimator = DecisionTreeClassifier(random_state=0).fit(IRIS.data.to_numpy(), IRIS.target)
    run("add_version", "iris", write_model(tmp_path, skops_bytes(estimator)))
    rows = IRIS.data.set_axis([f"x{number}" for number in range(4)], axis=1)
    done = run("predict", "iris:1", "-i", write_csv(rows, tmp_path), "-o", tmp_path / "out.csv")
    assert done.code == 0
    assert "feature names" not in done.err


def test_quarantine_says_what_is_missing_and_approval_ends_it(run: Run, tmp_path: Path) -> None:
    done = run("add_version", "iris", write_model(tmp_path, neighbors()))
    assert done.lines[0].endswith(": QUARANTINED.")
    assert done.lines[3:] == [
        f"  Types that are not trusted: {', '.join(KD_TREE)}.",
        "  It is quarantined until somebody other than ada approves it.",
        "  To approve it: manage.py approve_version iris:1 --by NAME",
    ]
    refused = run("approve_version", "iris:1")
    assert (refused.code, refused.err) == (1, "iris:1 was uploaded by ada: somebody else must approve it.")
    approved = run("approve_version", "iris:1", "--by", "bob", "--reason", "Known.")
    assert approved.lines[0].endswith("): it is READY.")
    assert f"  Types approved with it: {', '.join(KD_TREE)}." in approved.lines


def test_a_rejected_version_can_not_be_used(run: Run, tmp_path: Path) -> None:
    run("add_version", "iris", write_model(tmp_path, neighbors()))
    assert run("reject_version", "iris:1", "--reason", "No.").lines[0].startswith("Rejected iris:1 (sha256 ")
    assert run("promote", "iris:1").err == "iris:1 is REJECTED. Choose another version."


def test_a_pickle_is_refused_with_what_to_do(run: Run, tmp_path: Path) -> None:
    done = run("add_version", "iris", write_model(tmp_path, touching_pickle(tmp_path / "marker"), "m.pkl"))
    assert done.code == 1
    assert done.err == (
        "m.pkl is a pickle, and loading one runs whatever code is in it, so they are not taken. Save the estimator "
        "with skops.io.dump, or set CATALOG_ALLOW_PICKLE_UPLOADS=true if you must."
    )
    assert not (tmp_path / "marker").exists()
    assert_nothing_is_left()


def test_json_holds_the_inspection(run: Run, tmp_path: Path) -> None:
    values = run("add_version", "iris", write_model(tmp_path, neighbors()), "--json").json
    assert (values["status"], values["format"], values["task"]) == ("QUARANTINED", "skops", "classification")
    assert values["inspection"]["untrusted"] == KD_TREE
    assert values["inspection"] == json.loads(json.dumps(ModelVersion.objects.get().inspection))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--metric", "accuracy"], "--metric 'accuracy' is not written as name=number, as in accuracy=0.93."),
        (["--metric", "accuracy=high"], "--metric 'accuracy=high' is not written as name=number, as in accuracy=0.93."),
        (["--dataset", "no"], "There is no dataset 'no'. Add it with add_dataset."),
    ],
)
def test_bad_options_are_one_line(run: Run, tmp_path: Path, options: list[str], message: str) -> None:
    done = run("add_version", "iris", write_model(tmp_path, neighbors()), *options)
    assert (done.code, done.err) == (1, message)
    assert_nothing_is_left()


def test_a_missing_file_is_one_line(run: Run) -> None:
    assert run("add_version", "iris", "nowhere.skops").err == "There is no file nowhere.skops."
