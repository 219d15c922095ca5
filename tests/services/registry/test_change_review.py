import re
from typing import Any

import pytest

from catalog.exceptions import InvalidRequest, NotFound, NotPermitted, NotReady
from catalog.models import Alias, DatasetVersion, ModelVersion
from catalog.services.registry.aliases import promote, roll_back
from catalog.services.registry.change_review import (
    promote_reviewed,
    review_promotion,
    review_rollback,
    roll_back_reviewed,
)
from catalog.services.registry.comparability import Basis, are_on_same_rows, compare_versions
from tests.services.snapshots import later_version, make_evaluation

PRODUCTION = "production"


@pytest.fixture
def in_production(late_v1: ModelVersion) -> ModelVersion:
    promote(reference="late:1", alias=PRODUCTION, actor="ada")
    return late_v1


def difference(metric: str, low: float, high: float, rows: int = 60) -> dict[str, Any]:
    middle = (low + high) / 2
    return {"metric": metric, "first": 0.5 + middle, "second": 0.5, "low": low, "high": high, "rows": rows}


def changed_signature(version: ModelVersion, change: Any) -> dict[str, Any]:
    inputs = [dict(column) for column in version.signature["inputs"]]
    return {**version.signature, "inputs": change(inputs)}


def test_the_first_version_in_production_takes_no_reason(late_v1: ModelVersion) -> None:
    review = review_promotion(version=late_v1, alias=PRODUCTION)
    assert (review.previous, review.reasons, review.step) == (None, [], "production: none → late:1")


def test_versions_of_one_split_were_measured_on_the_same_rows(in_production: ModelVersion) -> None:
    version = later_version(in_production)
    assert compare_versions(version, in_production).basis == Basis.SAME_ROWS
    assert review_promotion(version=version, alias=PRODUCTION).reasons == []


def test_versions_that_weigh_the_same_rows_otherwise_can_not_be_compared(in_production: ModelVersion) -> None:
    metrics = {name: {**metric, "weighted_by": "fare"} for name, metric in in_production.metrics.items()}
    version, alike = (later_version(in_production, metrics=metrics) for _ in range(2))
    comparison = compare_versions(version, in_production)
    assert (comparison.basis, comparison.verdict("accuracy")) == (Basis.OTHER_WEIGHTS, "measured otherwise")
    [reason] = review_promotion(version=version, alias=PRODUCTION).reasons
    assert reason == "its metrics weigh the rows otherwise than those of late:1"
    assert compare_versions(version, alike).basis == Basis.SAME_ROWS
    assert not are_on_same_rows([version, in_production])


@pytest.mark.parametrize("other", [{"random_state": 7}, {"origin": "UPLOADED"}, {"target": "origin"}])
def test_versions_of_other_rows_can_not_be_compared(in_production: ModelVersion, other: dict[str, Any]) -> None:
    version = later_version(in_production, **other)
    assert compare_versions(version, in_production).basis == Basis.OTHER_ROWS
    [reason] = review_promotion(version=version, alias=PRODUCTION).reasons
    assert reason == "it was not measured on the rows of late:1"


def test_another_dataset_has_other_rows(in_production: ModelVersion) -> None:
    dataset = in_production.dataset_version
    assert dataset is not None
    other = DatasetVersion.objects.get(pk=dataset.pk)
    other.pk, other.number, other.upload_token = None, 2, "other"
    other.save()
    version = later_version(in_production, dataset_version_id=other.pk)
    review = review_promotion(version=version, alias=PRODUCTION)
    assert review.comparison is not None
    assert review.comparison.verdict("accuracy") == "measured on other rows"
    assert review.data == [
        "Trained on departures:2; the one before on departures:1.",
        "None of its columns moved by 0.1 or more (Jensen–Shannon distance, from 0 to 1).",
    ]


def test_the_review_tells_how_target_and_features_moved(in_production: ModelVersion) -> None:
    dataset = in_production.dataset_version
    assert dataset is not None
    other = DatasetVersion.objects.get(pk=dataset.pk)
    shares = {"late": [(False, 240), (True, 60)], "carrier": [("ZZ", 300)], "origin": [("ZZ", 300)]}
    for column in other.profile:
        if column["name"] in shares:
            top = [{"value": value, "count": count} for value, count in shares[column["name"]]]
            column |= {"top": top, "distinct": len(top)}
    other.pk, other.number, other.upload_token = None, 2, "other"
    other.save()
    inputs = [column for column in in_production.signature["inputs"] if column["name"] != "origin"]
    signature = {**in_production.signature, "inputs": inputs}
    version = later_version(in_production, dataset_version_id=other.pk, signature=signature)
    target, moved = review_promotion(version=version, alias=PRODUCTION).data[1:]
    assert re.fullmatch(r"The target 'late': False \d\d\.\d% → 80\.0%, True \d\d\.\d% → 20\.0%\.", target)
    assert moved == "Columns that moved: carrier 1.00 (Jensen–Shannon distance, from 0 to 1)."


def test_a_review_says_first_what_comes_of_it_and_asks_for_each_reason(in_production: ModelVersion) -> None:
    version = later_version(in_production, random_state=7)
    review = review_promotion(version=version, alias=PRODUCTION)
    assert review.sentences[0] == "late:2 will hold production, instead of late:1."
    assert review.cautions == ["It was not measured on the rows of late:1."]
    again = review_promotion(version=in_production, alias=PRODUCTION)
    assert (again.sentences, again.cautions) == ([], [])


def test_with_four_eyes_who_made_it_is_refused_before_a_reason_is_asked_for(
    in_production: ModelVersion, settings: Any
) -> None:
    settings.CATALOG["FOUR_EYES"] = True
    version = later_version(in_production, random_state=7)
    with pytest.raises(NotPermitted, match="late:2 was made by ada: somebody else must promote it"):
        promote_reviewed(reference=version.reference, alias=PRODUCTION, actor="ada")


@pytest.mark.parametrize(
    ("low", "high", "verdict", "reasons"),
    [
        (-0.3, -0.1, "worse", ["it is worse than late:1 by accuracy"]),
        (-0.3, 0.1, "within chance", []),
        (0.1, 0.3, "better", []),
    ],
)
def test_what_was_measured_side_by_side_decides(
    in_production: ModelVersion, low: float, high: float, verdict: str, reasons: list[str]
) -> None:
    version = later_version(in_production, random_state=7)
    make_evaluation(version, in_production, differences=[difference("accuracy", low, high)])
    review = review_promotion(version=version, alias=PRODUCTION)
    assert review.comparison is not None
    assert (review.comparison.verdict("accuracy"), review.reasons) == (verdict, reasons)


def test_a_comparison_reads_the_same_from_either_side(in_production: ModelVersion) -> None:
    version = later_version(in_production)
    make_evaluation(in_production, version, differences=[difference("accuracy", 0.1, 0.3)])
    comparison = compare_versions(version, in_production)
    assert comparison.verdict("accuracy") == "worse"
    assert comparison.differences["accuracy"].text == "−0.2 (−0.3 to −0.1)"


def test_columns_that_consumers_must_give_newly_take_a_reason(in_production: ModelVersion) -> None:
    def change(inputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        inputs[0]["name"], inputs[2]["type"] = "airline", "string"
        return inputs

    version = later_version(in_production, signature=changed_signature(in_production, change))
    review = review_promotion(version=version, alias=PRODUCTION)
    assert review.columns == [
        "Column 'airline' (string) is newly required.",
        "Column 'distance' was integer and is string.",
        "Column 'carrier' is no longer used.",
    ]
    assert review.reasons == ["who uses the alias must give other columns"]


def test_a_column_that_is_no_longer_used_breaks_nobody(in_production: ModelVersion) -> None:
    version = later_version(in_production, signature=changed_signature(in_production, lambda inputs: inputs[1:]))
    review = review_promotion(version=version, alias=PRODUCTION)
    assert (review.columns, review.reasons) == (["Column 'carrier' is no longer used."], [])


def test_libraries_that_are_new_or_of_another_minor_version_are_told(in_production: ModelVersion) -> None:
    versions = {**in_production.environment["versions"], "lightgbm": "4.7.0", "numpy": "1.0.0"}
    version = later_version(in_production, environment={**in_production.environment, "versions": versions})
    numpy = in_production.environment["versions"]["numpy"]
    expected = ["lightgbm 4.7.0 is newly needed.", f"numpy was {numpy} and is 1.0.0."]
    assert review_promotion(version=version, alias=PRODUCTION).libraries == expected


def test_without_the_reason_that_it_takes_nothing_is_promoted(in_production: ModelVersion) -> None:
    version = later_version(in_production, random_state=7)
    asked = {"reference": version.reference, "alias": PRODUCTION, "actor": "ada"}
    with pytest.raises(InvalidRequest, match="`reason`: say why late:2 shall hold production: it was not measured on"):
        promote_reviewed(**asked, reason="  ")
    assert Alias.objects.get().model_version == in_production
    promote_reviewed(**asked, reason="measured by hand")
    assert Alias.objects.get().model_version == version


def test_an_alias_that_is_not_protected_takes_no_reason(in_production: ModelVersion) -> None:
    version = later_version(in_production, random_state=7)
    promote(reference="late:1", alias="staging", actor="ada")
    promote_reviewed(reference=version.reference, alias="staging", actor="ada")
    assert Alias.objects.get(name="staging").model_version == version


def test_a_rollback_is_reviewed_by_where_it_leads(in_production: ModelVersion) -> None:
    version = later_version(in_production)
    promote(reference=version.reference, alias=PRODUCTION, actor="ada")
    review = review_rollback(name="late", alias=PRODUCTION)
    assert review.step == "production: late:2 → late:1"
    with pytest.raises(NotFound, match="late@staging can't be rolled back: no version has held it"):
        review_rollback(name="late", alias="staging")


def test_a_rollback_takes_a_reason_when_a_promotion_of_where_it_leads_would(in_production: ModelVersion) -> None:
    version = later_version(in_production, random_state=7)
    promote(reference=version.reference, alias=PRODUCTION, actor="ada")
    with pytest.raises(InvalidRequest, match="`reason`: say why late:1 shall hold production: it was not"):
        roll_back_reviewed(review=review_rollback(name="late", alias=PRODUCTION), actor="ada")
    assert Alias.objects.get().model_version == version
    roll_back_reviewed(review=review_rollback(name="late", alias=PRODUCTION), actor="ada", reason="complaints")
    assert Alias.objects.get().model_version == in_production


def test_a_rollback_leads_where_it_was_said_to_or_nowhere(in_production: ModelVersion) -> None:
    second, third = later_version(in_production), later_version(in_production)
    for version in (second, third):
        promote(reference=version.reference, alias=PRODUCTION, actor="ada")
    with pytest.raises(NotReady, match="a rollback leads to late:2 now"):
        roll_back(name="late", alias=PRODUCTION, actor="ada", to=in_production)
    assert Alias.objects.get().model_version == third
