"""Numbers become coordinates that stay within the frame, and lines that can be told apart."""

import itertools
import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.utils.html import conditional_escape

from catalog.admin import charts
from catalog.admin.axes import number_ticks
from catalog.admin.datasets.changes_section import PairedBar
from catalog.admin.navigation.sparkline import sparkline
from catalog.ml.evaluation.report import CURVE_CLASSES
from catalog.templatetags.catalog_format import paired_rectangles, rectangles

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
    assert not chart.lines[0].is_quiet


# As scikit-learn gives them: from all rows taken to none, and a last point that no threshold has.
CONSTANT = {"recall": [1.0, 0.0], "precision": [0.28, 1.0]}
SKILLED = {"recall": [1.0, 0.5, 0.5, 0.0], "precision": [0.28, 0.6, 0.9, 1.0]}


def precision_at(chart: charts.Chart, recall: float) -> float:
    """The highest precision that is drawn at this recall."""
    x = charts.x_at(recall, 0, 1)
    pairs = coordinates(chart.lines[0].points)
    between = [min(a[1], b[1]) for a, b in itertools.pairwise(pairs) if min(a[0], b[0]) <= x <= max(a[0], b[0])]
    return round((charts.BOTTOM - min(between)) / (charts.BOTTOM - charts.TOP), 2)


def test_a_model_that_says_the_same_of_every_row_lies_on_the_line_of_no_skill() -> None:
    (chart,) = charts.curves({"precision_recall": {"yes": CONSTANT}})
    assert {y for _, y in coordinates(chart.lines[0].points)} == {y for _, y in coordinates(chart.guides[0].points)}
    assert chart.guides[0].label == "no skill: 0.28"
    assert [dot.cells for dot in chart.lines[0].dots] == [("1", "0.28")]


def test_precision_is_level_between_two_thresholds() -> None:
    (chart,) = charts.curves({"precision_recall": {"yes": SKILLED}})
    assert [precision_at(chart, recall) for recall in (0.75, 0.25, 0.0)] == [0.28, 0.9, 0.9]


def test_a_curve_tells_some_of_its_points_and_its_ends() -> None:
    many = {
        "false_positive_rate": [at / 199 for at in range(200)],
        "true_positive_rate": [at / 199 for at in range(200)],
    }
    (chart,) = charts.curves({"roc": {"yes": many}})
    assert [chart.rows[0], chart.rows[-1]] == [("yes", ("0", "0")), ("yes", ("1", "1"))]
    assert len(chart.rows) == charts.POINTS_TOLD
    (chart,) = charts.curves({"roc": {f"digit {at}": many for at in range(10)}})
    assert len(chart.rows) == 10 * charts.FEWEST_TOLD


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0, 1, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0.912, 0.953, ["0.92", "0.93", "0.94", "0.95"]),
        (-3, 12_000, ["0", "5,000", "10,000"]),
        (0.5, 0.5, ["0.50"]),
        (2e6, 3.1e6, ["2e+06", "2.5e+06", "3e+06"]),
    ],
)
def test_ticks_stand_at_round_numbers(low: float, high: float, labels: list[str]) -> None:
    assert [tick.label for tick in number_ticks(low, high, 0, 100)] == labels


def test_versions_have_whole_numbers() -> None:
    assert [tick.label for tick in number_ticks(0.9, 2.1, 0, 100, are_whole=True)] == ["1", "2"]


def drawn(chart: charts.Chart) -> str:
    return " ".join(render_to_string("admin/catalog/charts/lines.html", {"chart": chart}).split())


def test_each_tick_is_drawn_with_its_number_and_its_line() -> None:
    (chart,) = charts.curves({"roc": {"yes": ROC}})
    page = drawn(chart)
    assert re.findall(r'class="tick middle" x="([\d.]+)" y="\d+">([\d.]+)<', page) == [
        (str(tick.at), tick.label) for tick in chart.x_ticks
    ]
    assert re.findall(r'class="tick end" x="\d+" y="([\d.]+)" dy="3">([\d.]+)<', page) == [
        (str(tick.at), tick.label) for tick in chart.y_ticks
    ]
    assert page.count('class="grid"') == len(chart.x_ticks) + len(chart.y_ticks) == 12


def test_an_axis_that_leaves_values_out_is_broken_where_it_does() -> None:
    chart = charts.Chart("a", "x", "y", [charts.Line("b", "")], y_breaks=[150])
    assert f'transform="translate({chart.left} 150)"' in drawn(chart)
    assert "translate" not in drawn(charts.Chart("a", "x", "y", [charts.Line("b", "")]))


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


def test_a_single_version_has_no_sparkline() -> None:
    assert sparkline([]) is sparkline([(0.5, 1)]) is None


def test_a_sparkline_goes_up_where_values_do() -> None:
    drawn = sparkline([(1, 7), (2, 7)])
    assert drawn is not None
    (points,) = drawn.lines
    (_, low), (_, high) = coordinates(points)
    assert (low > high, drawn.dots, drawn.breaks) == (True, [], False)


def test_a_sparkline_joins_nothing_across_different_data() -> None:
    drawn = sparkline([(0.5, 1), (0.6, 1), (0.9, 2), (0.7, 3), (0.8, 3), (0.4, 1)])
    assert drawn is not None
    assert [[x for x, _ in coordinates(points)] for points in drawn.lines] == [[2.0, 21.2], [59.6, 78.8]]
    assert ([x for x, _ in drawn.dots], drawn.breaks) == ([40.4, 98.0], True)


def test_the_bars_of_a_histogram_say_their_ranges() -> None:
    bars = charts.histogram([0, 1, 2], [5, 10])
    assert [(bar.label, bar.value, bar.height) for bar in bars] == [("0 to 1", 5, 24), ("1 to 2", 10, 48)]


def test_bars_are_written_with_their_labels_as_text() -> None:
    bar = charts.Bar(1.5, 2, 3, 4, "<b> & c", 7)
    title = "<title>&lt;b&gt; &amp; c: 7</title>"
    assert rectangles([bar, bar]) == f'<rect x="1.5" y="2" width="3" height="4">{title}</rect>' * 2
    assert conditional_escape(rectangles([bar])) == rectangles([bar])


def test_bars_before_and_after_lie_over_each_other_with_their_labels_as_text() -> None:
    pair = PairedBar(1, 2, (10, 20), (30, 40), "<b>: 1 % before")
    assert paired_rectangles([pair]) == (
        '<g><title>&lt;b&gt;: 1 % before</title><rect class="after" x="1" y="40" width="2" height="30"/>'
        '<rect class="before" x="1" y="20" width="2" height="10"/></g>'
    )


def test_a_feature_that_helps_nothing_has_no_bar() -> None:
    assert [bar.width for bar in charts.ranked([("a", 2), ("b", 1), ("c", -0.5)])] == [160, 80, 0]
