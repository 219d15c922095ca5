"""A small chart without axes, 100 by 24, for a row of a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from catalog.admin.axes import scale


@dataclass(frozen=True)
class Sparkline:
    """A line of each run of values that were measured on the same data, and a dot where such a run is a single value.

    `lines` are values of the SVG attribute `points`. It breaks where the data change: what was measured on other rows
    is no step of one trend.
    """

    lines: Sequence[str]
    dots: Sequence[tuple[float, float]]

    @property
    def breaks(self) -> bool:
        return len(self.lines) + len(self.dots) > 1


def sparkline(points: Sequence[tuple[float, int | None]]) -> Sparkline | None:
    """Of values with the key of the data that each was measured on, in their order. None for fewer than two."""
    if len(points) < 2:
        return None
    values = [value for value, _ in points]
    low, high = min(values), max(values)
    drawn = [
        (scale(at, 0, len(points) - 1, 2, 98), scale(value, low, high, 22, 2), data)
        for at, (value, data) in enumerate(points)
    ]
    runs = [[(x, y) for x, y, _ in run] for _, run in groupby(drawn, key=lambda point: point[2])]
    lines = [" ".join(f"{x},{y}" for x, y in run) for run in runs if len(run) > 1]
    return Sparkline(lines, [run[0] for run in runs if len(run) == 1])
