"""Geometry of the charts: numbers to SVG coordinates. The templates below templates/admin/catalog/charts/ draw them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.admin.axes import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Tick, number_ticks, x_at, y_at
from catalog.admin.written_values import rounded

# Points of a curve that tell their values: fewer of each where there are many curves.
POINTS_TOLD, FEWEST_TOLD = 21, 7
UNIT = (0.0, 1.0, 0.0, 1.0)


@dataclass(frozen=True)
class Dot:
    """A point with its values in words; `cells` are its row in the table below the chart.

    One with a name is larger, and named in the legend; the first stands out. A `shape` is circle or diamond.
    """

    x: float
    y: float
    label: str
    cells: tuple[str, ...] = ()
    name: str = ""
    is_first: bool = False
    shape: str = "circle"

    @property
    def diamond(self) -> str:
        """The path of its outline."""
        return f"M{self.x} {self.y - 5}l5 5l-5 5l-5 -5z"


@dataclass(frozen=True)
class Line:
    """A polyline; `points` is the value of the SVG attribute, empty for dots alone. `mark` numbers its colour and dash;
    what is `faint` is drawn hollow, and what is `quiet` shows its dots only when one looks for them."""

    label: str
    points: str
    mark: int = 1
    dots: Sequence[Dot] = ()
    is_faint: bool = False
    is_quiet: bool = False


@dataclass(frozen=True)
class Chart:
    """Lines within the frame of two axes; guides are what they are held against. `y_breaks` are coordinates at which
    the vertical axis leaves values out."""

    title: str
    x_label: str
    y_label: str
    lines: list[Line]
    guides: list[Line] = field(default_factory=list)
    x_ticks: Sequence[Tick] = ()
    y_ticks: Sequence[Tick] = ()
    columns: tuple[str, ...] = ()
    y_breaks: Sequence[float] = ()

    width, height, left, right, top, bottom = WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM
    x_middle, y_middle = (LEFT + RIGHT) // 2, (TOP + BOTTOM) // 2

    @property
    def named(self) -> list[Dot]:
        return [dot for line in self.lines for dot in line.dots if dot.name]

    @property
    def has_legend(self) -> bool:
        return len(self.lines) > 1 or bool(self.guides)

    @property
    def rows(self) -> list[tuple[str, tuple[str, ...]]]:
        """The table that tells what is drawn: of each dot its line and its values."""
        return [(line.label, dot.cells) for line in self.lines for dot in line.dots if dot.cells]

    @property
    def description(self) -> str:
        return f"{self.title}: {self.y_label} over {self.x_label}, {', '.join(line.label for line in self.lines)}"


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    label: str
    value: float


def polyline(xs: Sequence[float], ys: Sequence[float], bounds: tuple[float, float, float, float]) -> str:
    """`x,y` pairs within the chart's frame, of values within bounds (x low, x high, y low, y high)."""
    x_low, x_high, y_low, y_high = bounds
    return " ".join(f"{x_at(x, x_low, x_high)},{y_at(y, y_low, y_high)}" for x, y in zip(xs, ys, strict=True))


@dataclass(frozen=True)
class ReportCurve:
    """A curve of the report: its key there, what is drawn against what, and what it is held against.

    A stepped one is that of precision and recall, which holds no more than between two thresholds: a straight line from
    one to the next would promise what no threshold gives, most of all of a model that says the same of every row.
    """

    key: str
    title: str
    x: str
    y: str
    diagonal: str = ""
    has_dots: bool = False
    is_stepped: bool = False

    def chart(self, title: str, named: Sequence[tuple[str, Mapping[str, list[float]]]]) -> Chart | None:
        """The curves over each other, by their labels; None where there is none."""
        drawn = [(mark, label, points) for mark, (label, points) in enumerate(named, 1) if points[self.x]]
        if not drawn:
            return None
        most_told = max(FEWEST_TOLD, POINTS_TOLD // len(drawn))
        lines = [self._line(mark, label, points, most_told) for mark, label, points in drawn]
        x_label, y_label = self.x.replace("_", " "), self.y.replace("_", " ")
        ticks = number_ticks(0, 1, LEFT, RIGHT), number_ticks(0, 1, BOTTOM, TOP)
        guides, columns = self._guides([points for _, _, points in drawn]), (x_label, y_label)
        return Chart(title, x_label, y_label, lines, guides, *ticks, columns)

    def _line(self, mark: int, label: str, points: Mapping[str, list[float]], most_told: int) -> Line:
        xs, ys = points[self.x], points[self.y]
        count = max(1, len(xs) - 1) if self.is_stepped else len(xs)
        dots = [self._dot(xs[at], ys[at]) for at in evenly(count, count if self.has_dots else most_told)]
        drawn = _stepped(xs, ys) if self.is_stepped else (xs, ys)
        return Line(label, polyline(*drawn, UNIT), mark, dots, is_quiet=not self.has_dots)

    def _dot(self, x: float, y: float) -> Dot:
        values = rounded(x), rounded(y)
        label = f"{self.x.replace('_', ' ')} {values[0]}, {self.y.replace('_', ' ')} {values[1]}"
        return Dot(x_at(x, 0, 1), y_at(y, 0, 1), label, values)

    def _guides(self, curves: Sequence[Mapping[str, list[float]]]) -> list[Line]:
        """The diagonal; or how often the class is right by itself, which is the precision where all rows are taken."""
        if self.diagonal:
            return [Line(self.diagonal, polyline([0, 1], [0, 1], UNIT))]
        shares = {points[self.y][0] for points in curves if self.is_stepped and points[self.x][0] == 1}
        return [Line(f"no skill: {rounded(share)}", polyline([0, 1], [share] * 2, UNIT)) for share in sorted(shares)]


def _stepped(xs: Sequence[float], ys: Sequence[float]) -> tuple[list[float], list[float]]:
    """Level until the next point. The last, at recall 0 and precision 1, is scikit-learn's own: no threshold has it."""
    pairs = [(xs[0], ys[0])]
    for at in range(1, len(xs)):
        pairs.append((xs[at], ys[at - 1]))
        if at < len(xs) - 1:
            pairs.append((xs[at], ys[at]))
    return [x for x, _ in pairs], [y for _, y in pairs]


def evenly(count: int, most: int) -> list[int]:
    """Positions from the first to the last, at most so many."""
    return sorted({round(at * (count - 1) / max(most - 1, 1)) for at in range(most)} if count > most else range(count))


KINDS = (
    ReportCurve("roc", "ROC", "false_positive_rate", "true_positive_rate", diagonal="no skill"),
    ReportCurve("precision_recall", "Precision and recall", "recall", "precision", is_stepped=True),
    # Ten bins at most, which may be a single one: without dots that would be an empty chart.
    ReportCurve("calibration", "Calibration", "predicted", "observed", diagonal="as it should be", has_dots=True),
)


def curves(report: Mapping[str, Any]) -> list[Chart]:
    """The charts that the report has points for, with a line for each class."""
    drawn = (kind.chart(kind.title, list((report.get(kind.key) or {}).items())) for kind in KINDS)
    return [chart for chart in drawn if chart]


def overlay(reports: Mapping[str, Mapping[str, Any]]) -> list[Chart]:
    """For each class and kind a chart with a line of each report; `reports` by what they are of."""
    classes = dict.fromkeys(
        name for report in reports.values() for kind in KINDS for name in report.get(kind.key) or {}
    )
    charts = []
    for name in classes:
        for kind in KINDS:
            labelled = [(label, (report.get(kind.key) or {}).get(name)) for label, report in reports.items()]
            # What has no such class keeps its colour free, so that each version has the same in all charts.
            chart = kind.chart(f"{kind.title}, {name}", [(label, points or {kind.x: []}) for label, points in labelled])
            charts += [chart] if chart else []
    return charts


def _edge(edge: float | str) -> str:
    """A number, or a date as it is recorded."""
    return edge.removesuffix("T00:00:00").replace("T", " ") if isinstance(edge, str) else f"{edge:.4g}"


def histogram(edges: Sequence[float | str], counts: Sequence[int], *, width: int = 160, height: int = 48) -> list[Bar]:
    """Bars within width by height, each with its range in words."""
    top = max(counts, default=0) or 1
    step = width / max(len(counts), 1)
    return [
        Bar(
            round(at * step, 2),
            round(height - height * count / top, 2),
            round(max(step - 1, 1), 2),
            round(height * count / top, 2),
            f"{_edge(edges[at])} to {_edge(edges[at + 1])}",
            count,
        )
        for at, count in enumerate(counts)
    ]


def ranked(items: Sequence[tuple[str, float]], *, width: int = 160) -> list[Bar]:
    """Horizontal bars, one a row: the width says the value, against the largest of them."""
    largest = max((abs(value) for _, value in items), default=0) or 1
    return [Bar(0, 0, round(width * max(value, 0) / largest, 2), 12, label, value) for label, value in items]
