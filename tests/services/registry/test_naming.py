"""Models called otherwise: nothing stored is moved, nothing that happened is lost, and no name is used twice."""

import pytest

from catalog.exceptions import CatalogError, InvalidRequest, NotFound
from catalog.models import AuditEvent, ModelVersion, RegisteredModel
from catalog.services.registry.aliases import promote, roll_back
from catalog.services.registry.naming import get_or_add_model, rename_model
from catalog.services.registry.references import get_model_version, get_registered_model
from tests.services.snapshots import later_version


@pytest.fixture
def renamed(late_v1: ModelVersion) -> RegisteredModel:
    """`late`, of which the first version was in production before the second, called `delays` now."""
    later_version(late_v1)
    for number in (1, 2):
        promote(reference=f"late:{number}", alias="production", actor="ada")
    return rename_model(name="late", new_name="delays", actor="grace", reason="Clearer")


def test_a_model_is_found_by_its_new_name(renamed: RegisteredModel) -> None:
    assert (get_registered_model("delays"), get_model_version("delays").reference) == (renamed, "delays:2")


@pytest.mark.parametrize("reference", ["late", "late:1", "late:latest", "late@production"])
def test_a_reference_by_the_old_name_says_the_new_one(renamed: RegisteredModel, reference: str) -> None:
    with pytest.raises(NotFound) as caught:
        get_model_version(reference)
    assert str(caught.value) == "The model 'late' is called delays now. Write delays."


def test_keys_keep_the_name_and_the_row_records_it(renamed: RegisteredModel) -> None:
    version = get_model_version("delays:1")
    assert version.stored_key.startswith("models/late/v0001/")
    assert (renamed.stored_as, renamed.stored_name, renamed.former_names) == ("late", "late", ["late"])


def test_renaming_is_an_event_among_those_that_there_were(renamed: RegisteredModel) -> None:
    event = AuditEvent.objects.filter(object_name="late").first()
    assert event is not None
    assert (event.verb, event.actor, event.from_value, event.to_value, event.reason) == (
        "renamed",
        "grace",
        "late",
        "delays",
        "Clearer",
    )


def test_a_rollback_knows_what_held_the_alias_before_the_renaming(renamed: RegisteredModel) -> None:
    assert roll_back(name="delays", alias="production", actor="ada").version.reference == "delays:1"
    assert set(AuditEvent.objects.exclude(alias="").values_list("object_name", flat=True)) == {"late"}


@pytest.mark.parametrize(
    ("new_name", "message"),
    [
        ("delays", "`new_name`: delays is what the model is called already."),
        ("other", "`new_name`: there is a model other already. Choose another name."),
        ("was", "`new_name`: was is what other was called before. Choose another name."),
        ("De Lays", "'De Lays' can't be the name of a model: use 1 to 63 lowercase letters"),
    ],
)
def test_a_name_that_is_or_was_anothers_is_refused(renamed: RegisteredModel, new_name: str, message: str) -> None:
    get_or_add_model(name="was", task="regression", primary_metric="r2")
    rename_model(name="was", new_name="other", actor="ada")
    with pytest.raises(CatalogError) as caught:
        rename_model(name="delays", new_name=new_name, actor="ada")
    assert str(caught.value).startswith(message)
    assert set(RegisteredModel.objects.values_list("name", flat=True)) == {"delays", "other"}


def test_no_new_model_gets_a_name_that_another_had(renamed: RegisteredModel) -> None:
    with pytest.raises(InvalidRequest, match="`name`: late is what delays was called before, and its files lie under"):
        get_or_add_model(name="late", task="regression", primary_metric="r2")


def test_a_model_can_be_called_as_before_again(renamed: RegisteredModel) -> None:
    again = rename_model(name="delays", new_name="late", actor="ada")
    assert (again.name, again.stored_as, again.former_names) == ("late", "", ["delays"])
    with pytest.raises(NotFound, match="The model 'delays' is called late now"):
        get_registered_model("delays")


def test_a_model_renamed_twice_keeps_the_name_of_its_keys(renamed: RegisteredModel) -> None:
    twice = rename_model(name="delays", new_name="arrivals", actor="ada")
    assert (twice.stored_name, twice.former_names) == ("late", ["delays", "late"])
    assert later_version(get_model_version("arrivals:1")).stored_reference == "late:3"
