"""The vertical axis of a trend: to the scale of the versions, with a baseline that is far from them beyond a break.

To one scale with it, versions that differ by a hundredth would lie on one line.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from catalog.admin.axes import BOTTOM, TOP, Tick, number_ticks, padded, scale
from catalog.admin.written_values import rounded

# Further away than so many times the range of the versions.
FAR = 1.5
# Pixels between the scale and the edge of the frame; in them the break, and the line beyond it.
BAND, BREAK, BEYOND = 26, 18, 8


@dataclass(frozen=True)
class ValueAxis:
    """To scale from `low` to `high`; `below` and `above` are values off the scale, all at one height."""

    low: float
    high: float
    below: Sequence[float] = ()
    above: Sequence[float] = ()

    @property
    def bottom(self) -> int:
        return BOTTOM - BAND if self.below else BOTTOM

    @property
    def top(self) -> int:
        return TOP + BAND if self.above else TOP

    def at(self, value: float) -> float:
        """The coordinate of the value."""
        if value in self.below:
            return BOTTOM - BEYOND
        if value in self.above:
            return TOP + BEYOND
        return scale(value, self.low, self.high, self.bottom, self.top)

    @property
    def breaks(self) -> list[int]:
        """Where the axis leaves out what lies between."""
        return [BOTTOM - BREAK] * bool(self.below) + [TOP + BREAK] * bool(self.above)

    @property
    def ticks(self) -> list[Tick]:
        """Round numbers on the scale, and beyond a break the newest of what is there."""
        beyond = [values[-1] for values in (self.below, self.above) if values]
        ticks = number_ticks(self.low, self.high, self.bottom, self.top)
        return [*ticks, *(Tick(self.at(value), rounded(value)) for value in beyond)]


def value_axis(values: Sequence[float], baselines: Sequence[float]) -> ValueAxis:
    """Of the versions' values and their baselines, oldest first."""
    axis = ValueAxis(*padded(values))
    reach = FAR * (max(values) - min(values))
    below = [each for each in baselines if each < axis.low and min(values) - each > reach]
    above = [each for each in baselines if each > axis.high and each - max(values) > reach]
    near = [each for each in baselines if each not in {*below, *above}]
    low, high = padded([*values, *near])
    return replace(axis, low=low, high=high, below=below, above=above)


def baseline_label(axis: ValueAxis, baselines: Sequence[float]) -> str:
    """For the legend: the value or the values, and that they are off the scale."""
    ends = list(dict.fromkeys((rounded(min(baselines)), rounded(max(baselines)))))
    return f"baseline {' to '.join(ends)}" + (", off the scale" if axis.breaks else "")
