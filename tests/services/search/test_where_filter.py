"""What filters say, that databases answer them by an index each, and where a text that is no filter is wrong."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.exceptions import CatalogError
from catalog.models import IndexedMetric, ModelVersion, RegisteredModel
from catalog.services.registry.aliases import promote, remove_alias
from catalog.services.registry.curation import archive
from catalog.services.registry.listings import list_versions
from catalog.services.registry.tags import change_tags
from catalog.services.search.search_index import add_to_index
from catalog.services.search.where_filter import is_filter, where
from tests.services.snapshots import later_version


@pytest.fixture
def four(late_v1: ModelVersion) -> list[ModelVersion]:
    """`late:1` to `late:4` with a score of 0.6 to 0.9; the second has no other metric, is in production and
    tagged `eu`, the third tagged `us`, the fourth archived."""
    ModelVersion.objects.update(
        metrics={"score": metric(0.6), "loss": metric(4)}, created_at=datetime(2026, 1, 1, 12, tzinfo=UTC)
    )
    late_v1.refresh_from_db()
    late_v1.metrics = {**late_v1.metrics, "r2.price, net": metric(0.2)}
    IndexedMetric.objects.all().delete()
    add_to_index([late_v1])
    versions = [late_v1]
    for number in (2, 3, 4):
        both = {"score": metric(0.5 + number / 10), **({"loss": metric(-number)} if number > 2 else {})}
        versions.append(
            later_version(
                late_v1,
                metrics=both,
                created_at=datetime(2026, number, 1, 12, tzinfo=UTC),
                created_by="grace",
                dataset_version_id=late_v1.dataset_version_id if number != 3 else None,
            )
        )
    change_tags(subject=versions[1], tags={"stage": "eu", "checked": "yes"}, actor="ada")
    change_tags(subject=versions[2], tags={"stage": "us"}, actor="ada")
    promote(reference="late:2", alias="production", actor="ada")
    archive(version=versions[3], actor="ada")
    return versions


def metric(value: float) -> dict[str, Any]:
    return {"value": value, "baseline": None, "higher_is_better": True}


def numbers(condition: str) -> list[int]:
    return [version.number for version in list_versions(condition=condition)]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("metric.score > 0.7", [4, 3]),
        ("metric.score >= .7", [4, 3, 2]),
        ("metric.score<0.7", [1]),
        ("metric.score = 0.6", [1]),
        ("metric.score != 0.6", [4, 3, 2]),
        ("metric.loss < 0", [4, 3]),
        ("metric.loss", [4, 3, 1]),
        ("not metric.loss", [2]),
        ("metric.score > 0.6 and metric.loss < -3", [4]),
        ('tag.stage = "eu"', [2]),
        ("tag.stage = eu or tag.stage = 'us'", [3, 2]),
        ("tag.stage", [3, 2]),
        ("tag.stage != eu", [4, 3, 1]),
        ("tag.stage and not tag.stage = eu", [3]),
        ("tag.nobody-has-it", []),
        ("tag.stage > eu", [3]),
        ("dataset = departures:1", [4, 2, 1]),
        ("dataset = departures", [4, 2, 1]),
        ("dataset != departures", [3]),
        ("model = late and version <= 2", [2, 1]),
        ("state = archived", [4]),
        ("state = READY", [3, 2, 1]),
        ("alias = production", [2]),
        ("estimator = decision_tree AND by = ada", [1]),
        ("created > 2026-02-01", [4, 3]),
        ("created >= 2026-02-01 and created < 2026-04-01", [3, 2]),
        ("created = 2026-03-01", [3]),
        ("created <= 2026-03-01", [3, 2, 1]),
        ("created = 2026-03-01T12:00Z", [3]),
        ("metric.score > 0.8 or metric.score < 0.7 and tag.stage", [4]),
        ("(metric.score > 0.8 or metric.score < 0.7) and not (state = archived)", [1]),
        ("not not tag.checked = yes", [2]),
        ("metric.'score' > 0.7", [4, 3]),
        ('metric."r2.price, net" > 0', [1]),
    ],
)
def test_a_filter_finds(four: list[ModelVersion], condition: str, expected: list[int]) -> None:
    assert numbers(condition) == expected


def test_an_alias_that_was_taken_away_is_held_by_none(four: list[ModelVersion]) -> None:
    promote(reference="late:3", alias="canary", actor="ada")
    assert numbers("alias = canary") == [3]
    remove_alias(name="late", alias="canary", actor="ada")
    assert numbers("alias = canary") == []


def test_a_filter_within_a_model_leaves_others_out(four: list[ModelVersion]) -> None:
    other = RegisteredModel.objects.create(name="other", task="classification", primary_metric="score")
    later_version(four[0], registered_model_id=other.pk, number=1)
    found = list_versions(name="other", condition="metric.score = 0.6")
    assert [version.reference for version in found] == ["other:1"]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("", "`where` can't be read at its end: expected 'not', '(' or a field."),
        ("metric.score >", "`where` can't be read at its end: expected a value."),
        ("metric.score >> 0.8", "`where` can't be read at character 15, '> 0.8': expected a value."),
        ("(metric.score > 0.8", "`where` can't be read at its end: expected ')'."),
        (
            "tag.stage = eu state = READY",
            "`where` can't be read at character 16, 'state = READY': expected 'and', 'or' ",
        ),
        ('tag.stage = "eu', "`where` can't be read at character 13, '\"eu': expected a value."),
        ("sore > 0.8", "`where` at character 1, 'sore > 0.8': there is no field 'sore'."),
        ("score > 0.8", "`where` at character 1, 'score > 0.8': there is no field 'score'. Did you mean metric.score?"),
        ("stage = eu", "`where` at character 1, 'stage = eu': there is no field 'stage'. Did you mean tag.stage?"),
        ("STATE = READY", "`where` at character 1, 'STATE = READY': there is no field 'STATE'. Did you mean state"),
        ("metric.score == 0.6", "`where` can't be read at character 15, '= 0.6': expected a value. Equal is written ="),
        ("metric.score => 0.6", "`where` can't be read at character 15, '> 0.6': expected a value. At least is writ"),
        ("a = b = c", "`where` can't be read at character 7, '= c': expected 'and', 'or' or the end."),
        ("tag.a && tag.b", "`where` can't be read at character 7, '&& tag.b': expected 'and', 'or', one of = != "),
        ("tag.stage in (eu)", "`where` can't be read at character 11, 'in (eu)': expected 'and', 'or', one of = "),
        ("by = Ada Lovelace", "`where` can't be read at character 10, 'Lovelace': expected 'and', 'or' or the end. A "),
        ("tag.stage = “eu”", "`where` at character 13, '“eu”': texts stand in quotes as a keyboard has them, "),
        (
            "model = late:1",
            "`where` at character 9, 'late:1': a model is meant by its name: write model = late and ve",
        ),
        ("alias = prodution", "`where` at character 9, 'prodution': no version ever held the alias 'prodution'. Did "),
        ("estimator = tree", "`where` at character 13, 'tree': no version has the estimator 'tree'. There are: decis"),
        ("by = grave", "`where` at character 6, 'grave': no version was made by 'grave'. Did you mean grace?"),
        (
            "metric > 0.8",
            "`where` at character 1, 'metric > 0.8': there is no field 'metric'. Did you mean metric.NAME?",
        ),
        (
            "tag.a = b and stat = READY",
            "`where` at character 15, 'stat = READY': there is no field 'stat'. Did you mean state",
        ),
        (
            "metric.scor > 1",
            "`where` at character 1, 'metric.scor > 1': no version has the metric 'scor'. Did you mean sc",
        ),
        (
            "metric.score > high",
            "`where` at character 16, 'high': metric.score is compared with a number, not with 'high'.",
        ),
        (
            "metric.score > inf",
            "`where` at character 16, 'inf': metric.score is compared with a number, not with 'inf'.",
        ),
        (
            "dataset = departures:9",
            "`where` at character 11, 'departures:9': The dataset departures has no version 9; ",
        ),
        (
            "dataset > departures",
            "`where` at character 1, 'dataset > departures': dataset is compared with = or !=, not ",
        ),
        ("model = lat", "`where` at character 9, 'lat': There is no model 'lat'. Did you mean late?"),
        ("state = readi", "`where` at character 9, 'readi': there is no state 'readi'. Did you mean READY, "),
        ("created > monday", "`where` at character 11, 'monday': 'monday' is no day or time: write 2026-01-31 or "),
        ("created > 2026-02-31", "`where` at character 11, '2026-02-31': '2026-02-31' is no day or time: write "),
        ("version = 99999999999", "`where` at character 11, '99999999999': no version has such a number."),
        ("tag.-x = 1", "`where` at character 1, 'tag.-x = 1': '-x' can't be the key of a tag."),
        ("state", "`where` at character 1, 'state': compare state with a value, as state = …"),
        ("x" * 2001, "`where` has 2,001 characters; it can have 2,000."),
        (" or ".join(["tag.a"] * 60), "`where` has 61 conditions; it can have 50."),
        ("not " * 60 + "tag.a", "`where` has 61 conditions; it can have 50."),
    ],
)
def test_what_is_no_filter_is_told_by_its_place(four: list[ModelVersion], condition: str, message: str) -> None:
    with pytest.raises(CatalogError) as caught:
        where(condition)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("late", False),
        ("late notable", False),
        ("metrics", False),
        ("0123abcd", False),
        ("tag.stage", True),
        ("metric.r2", True),
        ("a=b", True),
        ("x < 3", True),
        ("not tag.stage", True),
        ("(tag.stage)", True),
    ],
)
def test_a_search_box_tells_words_from_filters(text: str, expected: bool) -> None:
    assert is_filter(text) is expected


def test_a_filter_takes_as_many_queries_for_more_versions(four: list[ModelVersion]) -> None:
    condition = "metric.score > 0 and tag.stage = eu and dataset = departures:1 and alias = production"

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            numbers(condition)
        return len(captured)

    few = queries()
    for version in [later_version(four[0]) for _ in range(5)]:
        change_tags(subject=version, tags={"stage": "eu"}, actor="ada")
    assert queries() == few


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("metric.score > 0.8", "indexed_metric_search"),
        ("tag.stage = eu", "indexed_tag_search"),
        ("estimator = decision_tree", "model_version_estimators"),
        ("by = grace", "model_version_authors"),
    ],
)
@pytest.mark.sqlite
def test_each_condition_is_answered_by_an_index(four: list[ModelVersion], condition: str, index: str) -> None:
    plan = counted(condition)
    assert f"INDEX {index} " in plan
    assert "SCAN catalog_" not in plan


def counted(condition: str) -> str:
    """How SQLite counts the versions of a list."""
    return ModelVersion.objects.filter(where(condition), trashed_at=None).order_by().values("pk").explain()


@pytest.mark.parametrize(
    "condition",
    [
        "metric.score > 0.5",
        "not tag.stage = eu",
        "metric.score > 0.5 or metric.loss < 1",
        "metric.score > 0.8 and tag.stage = eu and dataset = departures:1",
        "dataset = departures:1",
        "model = late",
        "alias = production",
    ],
)
@pytest.mark.sqlite
def test_versions_are_counted_without_looking_into_their_wide_rows(four: list[ModelVersion], condition: str) -> None:
    lines = [line for line in counted(condition).splitlines() if " catalog_modelversion" in line]
    assert lines
    assert [line for line in lines if "USING COVERING INDEX" not in line] == []


@pytest.mark.parametrize("condition", ["metric.score > 0.5", "tag.stage = eu", "alias = production"])
@pytest.mark.sqlite
def test_versions_are_sought_by_what_is_no_key(four: list[ModelVersion], condition: str) -> None:
    """Of many versions SQLite would look each key up in the table; of few its plan does not tell."""
    assert '("catalog_modelversion"."id" + 0) IN (SELECT' in str(ModelVersion.objects.filter(where(condition)).query)
