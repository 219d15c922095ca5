"""A renamed model in the bucket: all agrees, all comes back, and no forged renaming takes another's name."""

import pytest

from catalog.models import Alias, AuditEvent, ModelVersion, Prediction, RegisteredModel
from catalog.services.exchange.copy_version import copy_version
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.prediction.predict import predict
from catalog.services.prediction.prediction_request import PredictionRequest
from catalog.services.registry.aliases import promote, roll_back
from catalog.services.registry.naming import rename_model
from catalog.storage.keys import parent_manifest
from tests.catalog_rows import compare_catalogs, snapshot
from tests.services.integrity.catalogs import another, beside, forge, path_of, settle
from tests.services.integrity.rebuilds import finding_pairs, rebuild_from_nothing


@pytest.fixture
def renamed(sound: ModelVersion) -> ModelVersion:
    """`late:1`, called `delays:1` now; after that a second version, in production, and a receipt."""
    rename_model(name="late", new_name="delays", actor="ada")
    first = ModelVersion.objects.select_related("registered_model", "dataset_version").get()
    another(first)
    promote(reference="delays:2", alias="production", actor="ada")
    predict(request=PredictionRequest("delays:2", "dataset:departures:1"), actor="ada")
    settle()
    return first


def test_all_agrees_after_a_renaming(renamed: ModelVersion) -> None:
    assert verify_catalog(deep=True).findings == []


def test_new_objects_lie_under_the_name_that_the_model_was_made_with(renamed: ModelVersion) -> None:
    keys = [
        *ModelVersion.objects.values_list("artifact", flat=True),
        *Prediction.objects.values_list("output", flat=True),
    ]
    assert {key.split("/")[1] for key in keys} == {"late"}
    assert {path.name for path in path_of("events/models").iterdir()} == {"late"}


def test_a_renamed_model_comes_back_with_its_names_and_history(renamed: ModelVersion) -> None:
    before = snapshot()
    rebuilt = rebuild_from_nothing()
    compare_catalogs(before, snapshot())
    assert (rebuilt.findings, rebuilt.notes) == ([], [])
    assert Alias.objects.get().model_version.reference == "delays:2"
    assert roll_back(name="delays", alias="production", actor="ada").version.reference == "delays:1"
    settle()
    assert verify_catalog(deep=True).findings == []


def test_a_model_without_a_manifest_of_its_own_comes_back_as_it_is_called_now(renamed: ModelVersion) -> None:
    before = snapshot()
    path_of(parent_manifest("registeredmodel", "late")).unlink()
    rebuild_from_nothing()
    compare_catalogs(before, snapshot())


def test_numbers_go_on_after_a_rebuild(renamed: ModelVersion) -> None:
    rebuild_from_nothing()
    assert another(ModelVersion.objects.get(number=1)).reference == "delays:3"


def test_the_manifest_of_a_renamed_model_can_be_stored_again(renamed: ModelVersion) -> None:
    from tests.services.integrity.catalogs import later, repair_all

    path_of(parent_manifest("registeredmodel", "late")).unlink()
    assert repair_all(later(days=2)) == ["store the manifest of registered model delays"]
    before = snapshot()
    rebuild_from_nothing()
    compare_catalogs(before, snapshot())


@pytest.mark.parametrize("forged", [{"name": "other", "stored_as": "late"}, {"name": "delays", "stored_as": "other"}])
def test_a_forged_name_takes_nothing_from_others(renamed: ModelVersion, forged: dict[str, str]) -> None:
    copy_version(version=renamed, new_name="other", actor="ada")
    settle()
    forge(path_of(parent_manifest("registeredmodel", "late")), **forged)
    rebuilt = rebuild_from_nothing()
    names = dict(RegisteredModel.objects.values_list("name", "stored_as"))
    assert names["other"] == ""
    assert set(names) == {"delays" if "delays" in names else "late", "other"}
    assert all(where.startswith("late") for _, where in finding_pairs(rebuilt))


@pytest.mark.parametrize("name", ["departures:x", 5, "", None])
def test_a_renaming_to_what_is_no_name_is_left_out(renamed: ModelVersion, name: object) -> None:
    path = path_of(f"events/models/late/{AuditEvent.objects.get(verb='renamed').pk:09d}-renamed.json")
    forge(path, changes={"name": name, "stored_as": "late", "former_names": []})
    rebuilt = rebuild_from_nothing()
    assert rebuilt.notes == [f"late was renamed to {str(name)!r}, which can't be: it is late again."]
    assert set(RegisteredModel.objects.values_list("name", flat=True)) == {"late"}
    assert ModelVersion.objects.count() == 2


def test_a_version_whose_model_can_not_be_taken_is_not_restored(renamed: ModelVersion) -> None:
    forge(path_of(parent_manifest("registeredmodel", "late")), description=5)
    rebuilt = rebuild_from_nothing()
    assert ("not restored", "late:1") in finding_pairs(rebuilt)
    assert not ModelVersion.objects.exists()
    assert beside(renamed).exists()
