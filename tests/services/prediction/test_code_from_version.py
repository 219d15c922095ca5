"""A pipeline of one's own, on the machine that trained it and on others."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from catalog import load_model
from catalog.exceptions import DigestMismatch, EnvironmentMismatch, InvalidRequest, NotPermitted
from catalog.ml.artifacts.revisions import catalog_version
from catalog.models import ModelVersion
from catalog.services.distributed.part_planning import check_in_parts
from catalog.services.evaluation.evaluate_version import evaluate_version
from catalog.services.evaluation.evaluation_request import EvaluationRequest
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.jobs.starting import start_prediction
from catalog.services.prediction.loading import load_version
from catalog.services.prediction.predict import predict
from catalog.services.prediction.prediction_request import PredictionRequest
from catalog.services.registry.aliases import promote
from catalog.services.training.request import TrainingRequest
from catalog.services.training.train_model import train_model
from catalog.serving.application import create_router
from tests.factories import make_dataset
from tests.own_modules import MINE, SCALES, OwnModules, own_modules
from tests.services import snapshots
from tests.services.integrity.catalogs import settle
from tests.services.integrity.rebuilds import rebuild_from_nothing

__all__ = ["own_modules"]


@pytest.fixture
def version(own_modules: OwnModules, db: None, tmp_path: Path) -> ModelVersion:
    """Trained by `mine:make`, which was changed after it was committed."""
    make_dataset(tmp_path, snapshots.departures(), "departures")
    own_modules.commit()
    own_modules.write("mine", f"{MINE}# changed\n")
    asked = TrainingRequest("late", "departures", "late", pipeline="mine:make", features=["distance"])
    trained = train_model(request=asked, actor="ada").version
    own_modules.forget()
    return trained


def ask(version: ModelVersion, tmp_path: Path, **options: Any) -> tuple[list[str], list[Any]]:
    """The warnings and the predictions."""
    request = PredictionRequest(version.reference, "dataset:departures", str(tmp_path / "out.csv"), **options)
    warnings = predict(request=request, actor="ada").warnings
    return warnings, pd.read_csv(tmp_path / "out.csv")["prediction"].tolist()


def test_the_modules_are_kept_with_their_texts_and_the_commit_of_their_repository(
    version: ModelVersion, own_modules: OwnModules
) -> None:
    modules = version.code["modules"]
    assert {name: module["text"] for name, module in modules.items()} == {
        "mine": f"{MINE}# changed\n",
        "scales": SCALES,
    }
    assert modules["mine"]["revision"] == f"{modules['scales']['revision']}-dirty"
    assert version.code_revision == modules["mine"]["revision"]
    assert version.code_state == f"{modules['scales']['revision']}, changed since"
    assert version.environment["catalog"] == catalog_version() != version.code_revision


def test_where_nothing_differs_nothing_is_said(version: ModelVersion, tmp_path: Path) -> None:
    assert ask(version, tmp_path)[0] == []


def test_a_machine_without_the_module_says_so_and_offers_the_copies(
    version: ModelVersion, own_modules: OwnModules, tmp_path: Path
) -> None:
    own_modules.remove()
    with pytest.raises(
        EnvironmentMismatch, match=r"refers to the module mine, which can't be imported here\..*`code_fr"
    ):
        ask(version, tmp_path)


def test_a_machine_with_another_text_says_so_and_offers_the_copies(
    version: ModelVersion, own_modules: OwnModules, tmp_path: Path
) -> None:
    own_modules.write("mine", MINE)
    (warning,) = ask(version, tmp_path)[0]
    assert " was made with another text of the module mine than is here. " in warning
    assert "`code_from_version`" in warning


def test_the_copies_predict_as_the_modules_did_where_they_lack_or_differ(
    version: ModelVersion, own_modules: OwnModules, tmp_path: Path, settings: Any
) -> None:
    settings.CATALOG["ALLOW_CODE_FROM_VERSIONS"] = True
    _, expected = ask(version, tmp_path)
    own_modules.write("mine", "raise RuntimeError('not this one')\n")
    warnings, predicted = ask(version, tmp_path, code_from_version=True)
    assert predicted == expected
    (warning,) = warnings
    assert (
        f" runs the code that is kept with it: mine (sha256 {version.code['modules']['mine']['sha256'][:12]})"
        in warning
    )
    own_modules.remove()
    assert ask(version, tmp_path, code_from_version=True)[1] == expected
    own_modules.forget()
    rows = snapshots.departures()[["distance"]]
    assert load_model("late:1", code_from_version=True).predict(rows).tolist() == expected


def test_evaluation_replay_and_followers_run_the_copies_where_they_are_asked_to(
    version: ModelVersion, own_modules: OwnModules, settings: Any
) -> None:
    settings.CATALOG["ALLOW_CODE_FROM_VERSIONS"] = True
    promote(reference="late:1", alias="production", actor="ada")
    own_modules.remove()
    own_modules.forget()
    asked = EvaluationRequest("late:1", like="late:1", code_from_version=True)
    evaluated = evaluate_version(request=asked, actor="ada")
    assert [" runs the code that is kept with it: mine " in warning for warning in evaluated.warnings] == [True]
    own_modules.forget()
    assert replayed(code_from_version=True) == []
    own_modules.forget()
    with load_model("late", code_from_version=True).follow() as follower:
        assert len(follower.predict(snapshots.departures()[["distance"]])) == 300


def replayed(**options: Any) -> list[str]:
    found = verify_catalog(replay=True, **options).findings
    return [finding.what for finding in found if finding.kind == "not reproduced"]


def test_without_being_asked_to_they_run_none(version: ModelVersion, own_modules: OwnModules) -> None:
    own_modules.remove()
    own_modules.forget()
    with pytest.raises(EnvironmentMismatch, match="refers to the module mine"):
        evaluate_version(request=EvaluationRequest("late:1", like="late:1"), actor="ada")
    (what,) = replayed()
    assert "refers to the module mine" in what


def test_where_the_site_does_not_allow_copies_nothing_is_begun(version: ModelVersion) -> None:
    for begin in (
        lambda: evaluate_version(request=EvaluationRequest("none:1", like="late:1", code_from_version=True), actor="a"),
        lambda: verify_catalog(replay=True, code_from_version=True),
        lambda: create_router(["late"], code_from_version=True),
    ):
        with pytest.raises(NotPermitted, match="`code_from_version`: CATALOG_ALLOW_CODE_FROM_VERSIONS is off"):
            begin()


def test_a_copy_that_was_changed_is_not_run(version: ModelVersion, settings: Any) -> None:
    settings.CATALOG["ALLOW_CODE_FROM_VERSIONS"] = True
    version.code["modules"]["scales"]["text"] = "raise SystemExit\n"
    with pytest.raises(DigestMismatch, match="the copy of the module scales is not what the catalog recorded"):
        load_version(version, code_from_version=True)


def test_the_copies_are_off_unless_the_site_allows_them(version: ModelVersion) -> None:
    with pytest.raises(NotPermitted, match="`code_from_version`: CATALOG_ALLOW_CODE_FROM_VERSIONS is off"):
        load_version(version, code_from_version=True)


def test_on_the_site_they_take_the_permission_for_pickles(
    version: ModelVersion, settings: Any, django_user_model: Any
) -> None:
    from django.contrib.auth.models import Permission

    settings.CATALOG["ALLOW_CODE_FROM_VERSIONS"] = True
    user = django_user_model.objects.create_user("grace", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="add_job"))
    request = PredictionRequest("late:1", "dataset:departures", code_from_version=True)
    with pytest.raises(NotPermitted, match="the permission approve_pickle_artifact is missing"):
        start_prediction(request=request, actor="grace", site_user=user)


def test_a_cluster_takes_no_copies() -> None:
    with pytest.raises(InvalidRequest, match="`code_from_version` is for one process"):
        check_in_parts(PredictionRequest("late:1", "dataset:departures", code_from_version=True))


def test_the_bucket_brings_them_back(version: ModelVersion) -> None:
    kept = (version.code, version.all_params)
    settle()
    assert verify_catalog().findings == []
    assert rebuild_from_nothing().findings == []
    rebuilt = ModelVersion.objects.get()
    assert (rebuilt.code, rebuilt.all_params) == kept
