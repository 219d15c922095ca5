"""Numbers become coordinates that stay within the frame, and lines that can be told apart."""

import re
from pathlib import Path

import pytest

from catalog.admin import charts
from catalog.ml.evaluation.report import CURVE_CLASSES

CSS = Path(__file__).resolve().parents[2] / "catalog" / "static" / "catalog" / "catalog.css"
ROC = {"false_positive_rate": [0, 0.5, 1], "true_positive_rate": [0, 0.75, 1]}
CALIBRATION = {"predicted": [0.4], "observed": [0.5]}


def coordinates(points: str) -> list[tuple[float, ...]]:
    return [tuple(map(float, pair.split(","))) for pair in points.split()]


def test_a_curve_runs_from_corner_to_corner_of_its_frame() -> None:
    (chart,) = charts.curves({"roc": {"malignant": ROC}})
    first, middle, last = coordinates(chart.lines[0].points)
    assert (first, last) == ((charts.LEFT, charts.BOTTOM), (charts.RIGHT, charts.TOP))
    assert middle == ((charts.LEFT + charts.RIGHT) / 2, charts.BOTTOM - 0.75 * (charts.BOTTOM - charts.TOP))


def test_a_curve_of_a_single_point_is_seen_as_a_dot() -> None:
    (chart,) = charts.curves({"calibration": {"yes": CALIBRATION}})
    assert [dot.label for dot in chart.lines[0].dots] == ["predicted 0.4, observed 0.5"]


@pytest.mark.parametrize(
    "report", [{}, {"roc": {}}, {"roc": {"a": {"false_positive_rate": [], "true_positive_rate": []}}}]
)
def test_a_report_without_points_has_no_chart(report: dict[str, object]) -> None:
    assert charts.curves(report) == []


def look(mark: int) -> tuple[str, ...]:
    """What the style sheet says of the line alone with this number."""
    rules = re.findall(r"^([^{@/]+)\{(.+?)\}", CSS.read_text(), re.MULTILINE)
    own = f".catalog .series-{mark}"
    return tuple(body.strip() for names, body in rules if own in {name.strip() for name in names.split(",")})


def test_each_class_of_a_version_is_a_line_with_a_look_of_its_own() -> None:
    (chart,) = charts.curves({"roc": {f"digit {at}": ROC for at in range(CURVE_CLASSES)}})
    assert len({look(line.mark) for line in chart.lines}) == CURVE_CLASSES


def test_compared_versions_are_overlaid_class_by_class() -> None:
    reports = {"a:1": {"roc": {"x": ROC, "y": ROC}}, "a:2": {"roc": {"y": ROC}}}
    drawn = {chart.title: [(line.label, line.mark) for line in chart.lines] for chart in charts.overlay(reports)}
    assert drawn == {"ROC, x": [("a:1", 1)], "ROC, y": [("a:1", 1), ("a:2", 2)]}


def test_a_version_has_the_same_look_in_all_charts_of_a_comparison() -> None:
    reports = {"a:1": {"roc": {"x": ROC}}, "a:2": {"roc": {"y": ROC}}}
    assert [(line.label, line.mark) for chart in charts.overlay(reports) for line in chart.lines] == [
        ("a:1", 1),
        ("a:2", 2),
    ]


def test_a_trend_names_the_versions_that_hold_aliases_the_main_one_first() -> None:
    chart = charts.trend("r2", [(1, 0.5), (2, 0.75), (4, 0.25)], {2: "production", 4: "candidate"})
    assert chart is not None
    assert [(dot.name, dot.label, dot.is_first) for dot in chart.named] == [
        ("production", "version 2: 0.75", True),
        ("candidate", "version 4: 0.25", False),
    ]
    assert (chart.x_low, chart.x_high, chart.y_low, chart.y_high) == (1, 4, 0.25, 0.75)


def test_a_trend_of_equal_values_runs_through_the_middle() -> None:
    chart = charts.trend("r2", [(1, 0.5), (2, 0.5)])
    assert chart is not None
    assert {y for _, y in coordinates(chart.lines[0].points)} == {(charts.TOP + charts.BOTTOM) / 2}


@pytest.mark.parametrize("points", [[], [(1, 0.5)]])
def test_a_single_version_is_no_trend(points: list[tuple[int, float]]) -> None:
    assert charts.trend("r2", points) is None
    assert charts.sparkline([value for _, value in points]) == ""


def test_a_sparkline_goes_up_where_values_do() -> None:
    (_, low), (_, high) = coordinates(charts.sparkline([1, 2]))
    assert low > high


def test_the_bars_of_a_histogram_say_their_ranges() -> None:
    bars = charts.histogram([0, 1, 2], [5, 10])
    assert [(bar.label, bar.value, bar.height) for bar in bars] == [("0 to 1", 5, 24), ("1 to 2", 10, 48)]


def test_a_feature_that_helps_nothing_has_no_bar() -> None:
    assert [bar.width for bar in charts.ranked([("a", 2), ("b", 1), ("c", -0.5)])] == [160, 80, 0]
