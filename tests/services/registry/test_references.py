import pytest

from catalog.exceptions import CatalogError, InvalidReference, NotFound, NotReady
from catalog.models import Dataset, DatasetVersion, ModelVersion
from catalog.reference_syntax import RULE
from catalog.services.registry.aliases import promote
from catalog.services.registry.references import get_dataset_version, get_model_version
from tests.services.snapshots import later_version


@pytest.fixture
def three(late_v1: ModelVersion) -> list[ModelVersion]:
    """Version 1 in production, 2 in staging, 3 failed."""
    versions = [late_v1, later_version(late_v1), later_version(late_v1, status="FAILED", failure="The disk was full")]
    promote(reference="late:1", alias="production", actor="ada")
    promote(reference="late:2", alias="staging", actor="ada")
    return versions


@pytest.mark.parametrize(
    ("reference", "number"),
    [("late", 1), ("late@production", 1), ("late:1", 1), ("late:2", 2), ("late@staging", 2), ("late:latest", 2)],
)
def test_a_reference_names_a_ready_version(three: list[ModelVersion], reference: str, number: int) -> None:
    assert get_model_version(reference).number == number


@pytest.mark.parametrize(
    "reference",
    ["", ":1", "late:", "late:0", "late:01", "late:-1", "late:1.0", "late:1:2", "late@", "late@a@b", "late:1@a", "Late",
     "late ", " late", "late\n", "late:latest ", "late:９", "läte", "late:1000000000", "x" * 64, "../late",
     "late:Latest"],
)  # fmt: skip
def test_what_is_not_a_reference_is_refused(db: None, reference: str) -> None:
    with pytest.raises(InvalidReference, match=r"is not a reference\. Write name, name:3, name:latest or name@alias"):
        get_model_version(reference)


ERRORS = {
    "dataset:late:1": (
        InvalidReference,
        (
            "'dataset:late:1' names a dataset, and a version of a model is meant here. Write name, name:3, name:latest "
            f"or name@alias; a name is {RULE}."
        ),
    ),
    "lates": (NotFound, "There is no model 'lates'. Did you mean late?"),
    "late:9": (NotFound, "late has no version 9. `manage.py versions late` lists them."),
    "late:3": (NotReady, "late:3 is FAILED (The disk was full). Choose another version."),
    "late@canary": (
        NotFound,
        (
            "late has no version with the alias 'canary' (it has: production, staging). Promote one: "
            "manage.py promote late:NUMBER --alias canary, or name a version, as late:latest."
        ),
    ),
}


@pytest.mark.parametrize("reference", ERRORS)
def test_what_can_not_be_found_says_what_to_do(three: list[ModelVersion], reference: str) -> None:
    kind, message = ERRORS[reference]
    with pytest.raises(CatalogError) as caught:
        get_model_version(reference)
    assert (caught.type, str(caught.value)) == (kind, message)


def test_a_model_without_a_ready_version_says_how_to_train(late_v1: ModelVersion) -> None:
    ModelVersion.objects.update(status="PENDING")
    with pytest.raises(NotFound, match=r"^late has no version that is ready\. Train one with train_model late\.$"):
        get_model_version("late:latest")


def test_a_name_alone_is_the_newest_dataset_version(late_v1: ModelVersion) -> None:
    newest = later_dataset(late_v1.dataset_version)
    assert get_dataset_version("departures") == get_dataset_version("departures:latest") == newest
    assert get_dataset_version("departures:1") == late_v1.dataset_version


def later_dataset(version: DatasetVersion, **fields: object) -> DatasetVersion:
    copied = {
        field.attname: getattr(version, field.attname) for field in version._meta.concrete_fields if field.name != "id"
    }
    return DatasetVersion.objects.create(**{**copied, "number": version.number + 1, **fields})


def test_a_dataset_version_that_is_not_ready_is_passed_over(late_v1: ModelVersion) -> None:
    later_dataset(late_v1.dataset_version, status="PENDING")
    assert get_dataset_version("departures").number == 1
    with pytest.raises(NotReady, match=r"departures:2 is PENDING. Choose another version."):
        get_dataset_version("departures:2")


def test_dataset_errors_say_what_to_do(late_v1: ModelVersion) -> None:
    Dataset.objects.create(name="empty")
    for reference, message in {
        "departure": "There is no dataset 'departure'. Did you mean departures? Add it with add_dataset.",
        "departures:7": "The dataset departures has no version 7; the newest is 1.",
        "empty": "The dataset empty has no version that is ready. Add one with add_dataset.",
        "departures@production": "'departures@production' is not a dataset. Write name or name:2; a name is 1 to 63",
    }.items():
        with pytest.raises(CatalogError) as caught:
            get_dataset_version(reference)
        assert str(caught.value).startswith(message)
