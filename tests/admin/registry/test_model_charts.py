"""The charts of a model's page: what was in production when, and the main metric over the versions."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from catalog.admin.registry.page_parts.production_chart import production_chart
from catalog.admin.registry.page_parts.regression_chart import regression_chart
from catalog.admin.registry.page_parts.trend_chart import TrendPoint, trend_chart, trend_points
from catalog.models import AuditEvent, ModelVersion
from tests.admin.people import Catalog
from tests.admin.test_charts import coordinates
from tests.services.snapshots import later_version, make_evaluation

BEGIN = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOW = BEGIN + timedelta(days=10)


def moves(*steps: tuple[int, str, str]) -> list[AuditEvent]:
    """By day, version and reason, the newest first."""
    return [
        AuditEvent(at=BEGIN + timedelta(days=day), to_value=number, actor="ada", reason=reason)
        for day, number, reason in reversed(steps)
    ]


def test_production_is_a_line_of_steps_with_the_reasons_on_them() -> None:
    chart = production_chart(moves((0, "1", "the first"), (5, "3", "")), NOW)
    assert chart is not None
    (line,) = chart.lines
    xs, ys = zip(*coordinates(line.points), strict=True)
    assert (xs[0] > chart.left + 5, xs[1] == xs[2], xs[-1]) == (True, True, chart.right)
    assert (ys[0] == ys[1], ys[1] > ys[2], ys[2] == ys[3]) == (True, True, True)
    assert [dot.label for dot in line.dots] == [
        "2026-01-01 12:00: version 1 by ada: the first",
        "2026-01-06 12:00: version 3 by ada: no reason was given",
    ]
    assert [dot.name for dot in line.dots] == ["", "in production"]


def test_the_line_breaks_where_nothing_was_in_production() -> None:
    chart = production_chart(moves((0, "1", ""), (2, "", "broken"), (4, "2", "")), NOW)
    assert chart is not None
    assert [[dot.cells[1] for dot in line.dots] for line in chart.lines] == [["1"], ["2"]]
    assert coordinates(chart.lines[0].points)[-1][0] < coordinates(chart.lines[1].points)[0][0]


@pytest.mark.parametrize("steps", [(), ((0, "1", ""),), ((0, "", ""), (1, "", ""))])
def test_what_never_moved_has_no_timeline(steps: Any) -> None:
    assert production_chart(moves(*steps), NOW) is None


POINTS = [
    TrendPoint(1, 0.5, "churn:1", 0.4),
    TrendPoint(2, 0.75, "churn:1", 0.4),
    TrendPoint(3, 0.6, "churn:2", 0.45, is_archived=True),
    TrendPoint(4, 0.7, "churn:2", is_uploaded=True),
]


def test_points_are_told_apart_by_their_data_and_what_is_archived_or_uploaded() -> None:
    chart = trend_chart("r2", POINTS, {2: "production", 1: "old"})
    assert chart is not None
    assert [(line.label, line.mark, line.points, len(line.dots)) for line in chart.lines] == [
        ("on churn:2, archived", 1, "", 1),
        ("on churn:1", 2, "", 2),
        ("uploaded, measured here", 5, "", 1),
    ]
    assert (chart.lines[0].is_faint, chart.lines[2].dots[0].shape) == (True, "diamond")
    assert [(dot.name, dot.label, dot.is_first) for dot in chart.named] == [
        ("old", "version 1: 0.5 on churn:1, baseline 0.4", False),
        ("production", "version 2: 0.75 on churn:1, baseline 0.4", True),
    ]


def test_the_baseline_is_drawn_below_the_points() -> None:
    chart = trend_chart("r2", POINTS, {})
    assert chart is not None
    (guide,) = chart.guides
    lowest = max(dot.y for line in chart.lines for dot in line.dots)
    assert (guide.label, chart.y_breaks) == ("baseline 0.4 to 0.45", [])
    assert all(y > lowest for _, y in coordinates(guide.points))
    assert chart.top < lowest < chart.bottom


@pytest.mark.parametrize(("baseline", "is_below"), [(0.1, True), (9.0, False)])
def test_a_baseline_that_is_far_off_leaves_the_scale_to_the_versions(baseline: float, is_below: bool) -> None:
    near = [TrendPoint(1, 0.95, "churn:1", baseline), TrendPoint(2, 0.96, "churn:1", baseline)]
    chart = trend_chart("r2", near, {})
    assert chart is not None
    ys = [dot.y for line in chart.lines for dot in line.dots]
    height = chart.bottom - chart.top
    assert max(ys) - min(ys) > height / 2
    (y,) = {y for _, y in coordinates(chart.guides[0].points)}
    assert (y > max(ys), y < min(ys)) == (is_below, not is_below)
    assert len(chart.y_breaks) == 1
    assert min(y, max(ys) if is_below else min(ys)) < chart.y_breaks[0] < max(y, max(ys) if is_below else min(ys))


def test_a_baseline_beyond_the_scale_is_a_tick_of_its_own_and_is_told_in_words() -> None:
    chart = trend_chart("r2", [TrendPoint(1, 0.95, "a:1", 0.1), TrendPoint(2, 0.96, "a:1", 0.1)], {})
    assert chart is not None
    (y,) = {y for _, y in coordinates(chart.guides[0].points)}
    assert [tick.at for tick in chart.y_ticks if tick.label == "0.1"] == [y]
    assert chart.guides[0].label == "baseline 0.1, off the scale"


@pytest.mark.parametrize("points", [[], POINTS[:1]])
def test_a_single_version_is_no_trend(points: list[TrendPoint]) -> None:
    assert trend_chart("r2", points, {}) is None


def test_equal_values_lie_in_the_middle() -> None:
    chart = trend_chart("r2", [TrendPoint(1, 0.5, "a:1"), TrendPoint(2, 0.5, "a:1")], {})
    assert chart is not None
    assert {dot.y for line in chart.lines for dot in line.dots} == {(chart.top + chart.bottom) / 2}


def test_what_an_uploader_states_is_in_no_trend(catalog: Catalog) -> None:
    stated = later_version(catalog.versions[0], origin="UPLOADED", primary_value=0.99)
    assert stated.number not in {point.number for point in trend_points(catalog.model)}


def test_an_uploaded_version_is_in_the_trend_with_what_was_measured_here(catalog: Catalog) -> None:
    uploaded = later_version(catalog.versions[0], origin="UPLOADED", primary_value=0.99)
    for value in (0.5, 0.25):
        evaluation = make_evaluation(uploaded, catalog.versions[0])
        metric = {"value": value, "baseline": 0.1, "higher_is_better": True, "weighted_by": "fare"}
        evaluation.metrics = {catalog.model.primary_metric: metric}
        evaluation.save()
    (point,) = [point for point in trend_points(catalog.model) if point.number == uploaded.number]
    assert (point.value, point.data) == (0.25, "departures:1, weighed by fare")
    assert (point.is_uploaded, point.baseline) == (True, 0.1)


def test_trained_versions_are_in_the_trend_with_their_baseline(catalog: Catalog) -> None:
    points = trend_points(catalog.model)
    metric = catalog.versions[0].metrics[catalog.model.primary_metric]
    assert [(point.number, point.is_archived) for point in points] == [(1, False), (2, False), (3, False), (4, True)]
    assert {(point.value, point.baseline) for point in points} == {(metric["value"], metric["baseline"])}


def test_versions_in_the_trash_are_in_no_trend(catalog: Catalog) -> None:
    ModelVersion.objects.filter(number__gt=1).update(trashed_at=NOW)
    assert [point.number for point in trend_points(catalog.model)] == [1]


def test_a_regression_is_drawn_against_the_truth() -> None:
    chart = regression_chart({"predicted_actual": {"actual": [1, 2, 3], "predicted": [1, 2.5, 3]}})
    assert chart is not None
    (line,) = chart.lines
    assert [dot.label for dot in line.dots][1] == "actual 2, predicted 2.5"
    corner, other = coordinates(chart.guides[0].points)
    assert (corner, other) == ((chart.left, chart.bottom), (chart.right, chart.top))
    assert regression_chart({"predicted_actual": {"actual": [], "predicted": []}}) is None
    assert regression_chart({}) is None


def test_what_failed_is_in_no_trend(catalog: Catalog) -> None:
    ModelVersion.objects.filter(number=2).update(status="FAILED")
    assert [point.number for point in trend_points(catalog.model)] == [1, 3, 4]
