"""Geometry of the charts: numbers to SVG coordinates. The templates below templates/admin/catalog/charts/ draw them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 320, 200
# Left of the axis stand the y label, turned, and the bounds in four digits; below it the x label and the bounds.
LEFT, RIGHT, TOP, BOTTOM = 48, WIDTH - 8, 8, HEIGHT - 28


@dataclass(frozen=True)
class Line:
    """A polyline; `points` is the value of the SVG attribute. `mark` numbers its colour and dash."""

    label: str
    points: str
    mark: int = 1


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
CURVES = (
    # of the report, title, x, y, whether the diagonal means something
    ("roc", "ROC", "false_positive_rate", "true_positive_rate", True),
    ("precision_recall", "Precision and recall", "recall", "precision", False),
    ("calibration", "Calibration", "predicted", "observed", True),
)


def curves(reports: Mapping[str, Mapping[str, Any]]) -> list[Chart]:
    """The charts that the reports have points for; `reports` by the label of what they are of, one or several."""
    charts = []
    for key, title, x, y, has_diagonal in CURVES:
        named = [
            (f"{label} {name}".strip(), points)
            for label, report in reports.items()
            for name, points in (report.get(key) or {}).items()
        ]
        lines = [
            Line(name, polyline(points[x], points[y], UNIT), mark)
            for mark, (name, points) in enumerate(named, 1)
            if points[x]
        ]
        if lines:
            diagonal = polyline([0, 1], [0, 1], UNIT) if has_diagonal else ""
            charts.append(Chart(title, x.replace("_", " "), y.replace("_", " "), lines, diagonal=diagonal))
    return charts


def trend(title: str, points: Sequence[tuple[int, float]]) -> Chart | None:
    """A metric over version numbers; none for fewer than two versions."""
    if len(points) < 2:
        return None
    xs, ys = [number for number, _ in points], [value for _, value in points]
    low, high = min(ys), max(ys)
    pad = (high - low) * 0.1 or abs(high) * 0.1 or 1.0
    bounds = (float(min(xs)), float(max(xs)), low - pad, high + pad)
    return Chart(title, "version", title, [Line(title, polyline(xs, ys, bounds))], *bounds)


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
