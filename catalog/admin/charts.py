"""Geometry of the charts: numbers to SVG coordinates. The templates below templates/admin/catalog/charts/ draw them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 320, 200
# Left of the axis stand the y label, turned, and the bounds in four digits; below it the x label and the bounds.
LEFT, RIGHT, TOP, BOTTOM = 64, WIDTH - 8, 8, HEIGHT - 28


@dataclass(frozen=True)
class Dot:
    """A point with its values in words. One with a name is larger, and named in the legend; the first stands out."""

    x: float
    y: float
    label: str
    name: str = ""
    is_first: bool = False


@dataclass(frozen=True)
class Line:
    """A polyline; `points` is the value of the SVG attribute. `mark` numbers its colour and dash."""

    label: str
    points: str
    mark: int = 1
    dots: Sequence[Dot] = ()


@dataclass(frozen=True)
class Chart:
    """Lines over axes that run from `x_low` to `x_high` and from `y_low` to `y_high`."""

    title: str
    x_label: str
    y_label: str
    lines: list[Line]
    x_low: float = 0.0
    x_high: float = 1.0
    y_low: float = 0.0
    y_high: float = 1.0
    diagonal: str = ""

    width, height, left, right, top, bottom = WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM
    x_middle, y_middle = (LEFT + RIGHT) // 2, (TOP + BOTTOM) // 2

    @property
    def named(self) -> list[Dot]:
        return [dot for line in self.lines for dot in line.dots if dot.name]

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


def _scale(value: float, low: float, high: float, start: float, end: float) -> float:
    share = (value - low) / (high - low) if high > low else 0.5
    return round(start + share * (end - start), 2)


def polyline(xs: Sequence[float], ys: Sequence[float], bounds: tuple[float, float, float, float]) -> str:
    """`x,y` pairs within the chart's frame, of values within bounds (x low, x high, y low, y high)."""
    x_low, x_high, y_low, y_high = bounds
    return " ".join(
        f"{_scale(x, x_low, x_high, LEFT, RIGHT)},{_scale(y, y_low, y_high, BOTTOM, TOP)}"
        for x, y in zip(xs, ys, strict=True)
    )


UNIT = (0.0, 1.0, 0.0, 1.0)


@dataclass(frozen=True)
class ReportCurve:
    """A curve of the report: its key there, and what is drawn against what."""

    key: str
    title: str
    x: str
    y: str
    has_diagonal: bool
    has_dots: bool = False

    def chart(self, title: str, named: Sequence[tuple[str, Mapping[str, list[float]]]]) -> Chart | None:
        """The curves over each other, by their labels; None where there is none."""
        lines = [
            Line(label, polyline(points[self.x], points[self.y], UNIT), mark, self._dots(points))
            for mark, (label, points) in enumerate(named, 1)
            if points[self.x]
        ]
        diagonal = polyline([0, 1], [0, 1], UNIT) if self.has_diagonal else ""
        x_label, y_label = self.x.replace("_", " "), self.y.replace("_", " ")
        return Chart(title, x_label, y_label, lines, diagonal=diagonal) if lines else None

    def _dots(self, points: Mapping[str, list[float]]) -> list[Dot]:
        pairs = zip(points[self.x], points[self.y], strict=True) if self.has_dots else ()
        return [_dot(x, y, UNIT, f"{self.x} {x:.4g}, {self.y} {y:.4g}") for x, y in pairs]


KINDS = (
    ReportCurve("roc", "ROC", "false_positive_rate", "true_positive_rate", has_diagonal=True),
    ReportCurve("precision_recall", "Precision and recall", "recall", "precision", has_diagonal=False),
    # Ten bins at most, which may be a single one: without dots that would be an empty chart.
    ReportCurve("calibration", "Calibration", "predicted", "observed", has_diagonal=True, has_dots=True),
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


def _dot(x: float, y: float, bounds: tuple[float, float, float, float], label: str, **more: Any) -> Dot:
    x_low, x_high, y_low, y_high = bounds
    return Dot(_scale(x, x_low, x_high, LEFT, RIGHT), _scale(y, y_low, y_high, BOTTOM, TOP), label, **more)


def trend(metric: str, points: Sequence[tuple[int, float]], named: Mapping[int, str] | None = None) -> Chart | None:
    """A metric over version numbers; `named` are the names of some, the main one first. None for fewer than two."""
    if len(points) < 2:
        return None
    xs, ys = [number for number, _ in points], [value for _, value in points]
    low, high = min(ys), max(ys)
    pad = 0.0 if high > low else abs(high) * 0.1 or 1.0
    bounds = (float(min(xs)), float(max(xs)), low - pad, high + pad)
    names = named or {}
    first = next(iter(names), None)
    dots = [_dot(x, y, bounds, f"version {x}: {y:.4g}", name=names.get(x, ""), is_first=x == first) for x, y in points]
    line = Line(metric, polyline(xs, ys, bounds), dots=dots)
    return Chart(f"{metric} over versions", "version", metric, [line], *bounds)


def sparkline(values: Sequence[float]) -> str:
    """Points of a small line, 100 by 24, without axes."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    return " ".join(
        f"{_scale(at, 0, len(values) - 1, 2, 98)},{_scale(value, low, high, 22, 2)}" for at, value in enumerate(values)
    )


def histogram(edges: Sequence[float], counts: Sequence[int], *, width: int = 160, height: int = 48) -> list[Bar]:
    """Bars within width by height, each with its range in words."""
    top = max(counts, default=0) or 1
    step = width / max(len(counts), 1)
    return [
        Bar(
            round(at * step, 2),
            round(height - height * count / top, 2),
            round(max(step - 1, 1), 2),
            round(height * count / top, 2),
            f"{edges[at]:.4g} to {edges[at + 1]:.4g}",
            count,
        )
        for at, count in enumerate(counts)
    ]


def ranked(items: Sequence[tuple[str, float]], *, width: int = 160) -> list[Bar]:
    """Horizontal bars, one a row: the width says the value, against the largest of them."""
    largest = max((abs(value) for _, value in items), default=0) or 1
    return [Bar(0, 0, round(width * max(value, 0) / largest, 2), 12, label, value) for label, value in items]
