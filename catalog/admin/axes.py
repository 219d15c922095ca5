"""The axes of charts: numbers to coordinates within the frame, and ticks at numbers that people count by."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

WIDTH, HEIGHT = 320, 200
# Left of the axis stand the y label, turned, and the ticks in four digits; below it the x label and the ticks.
LEFT, RIGHT, TOP, BOTTOM = 64, WIDTH - 12, 8, HEIGHT - 30
MOST_TICKS = 5
ROUND_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Tick:
    """`at` is its coordinate along the axis; `anchor` keeps the first and the last label within the drawing."""

    at: float
    label: str
    anchor: str = "middle"


def scale(value: float, low: float, high: float, start: float, end: float) -> float:
    """Where the value lies between start and end; in the middle where there is no other value."""
    share = (value - low) / (high - low) if high > low else 0.5
    return round(start + share * (end - start), 2)


def x_at(value: float, low: float, high: float) -> float:
    return scale(value, low, high, LEFT, RIGHT)


def y_at(value: float, low: float, high: float) -> float:
    return scale(value, low, high, BOTTOM, TOP)


def tick_values(low: float, high: float, *, are_whole: bool = False) -> list[float]:
    """Up to six round numbers from `low` to `high`, evenly apart; `low` alone where there is no range."""
    if not high > low:
        return [low]
    rough = (high - low) / MOST_TICKS
    power = 10.0 ** floor(log10(rough))
    step = next(part * power for part in ROUND_STEPS if part * power >= rough * 0.999)
    step = max(step, 1.0) if are_whole else step
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [count * step for count in range(first, last + 1)]


def tick_label(value: float, step: float) -> str:
    """With as many decimals as tell two ticks apart."""
    if abs(value) >= 1e6 or (value and abs(value) < 1e-4):
        return f"{value:.3g}"
    decimals = max(0, ceil(-log10(step) - 1e-9)) if step else 2
    return f"{value:,.{decimals}f}"


def number_ticks(low: float, high: float, start: float, end: float, *, are_whole: bool = False) -> list[Tick]:
    values = tick_values(low, high, are_whole=are_whole)
    step = values[1] - values[0] if len(values) > 1 else (1.0 if are_whole else 0.0)
    return [Tick(scale(value, low, high, start, end), tick_label(value, step)) for value in values]


def padded(values: Sequence[float], part: float = 0.08) -> tuple[float, float]:
    """Bounds with room around the values, so that no point lies on the frame."""
    low, high = min(values), max(values)
    room = (high - low) * part or abs(high) * 0.1 or 1.0
    return low - room, high + room
