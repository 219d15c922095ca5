"""Which version was in production when: steps over time, with the reasons on them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from catalog.admin.axes import BOTTOM, RIGHT, TOP, Tick, number_ticks, padded, x_at, y_at
from catalog.admin.charts import Chart, Dot, Line, polyline
from catalog.admin.written_values import zone_name
from catalog.models import AuditEvent

ROOM = 0.05
Bounds = tuple[float, float, float, float]


def production_chart(events: Sequence[AuditEvent], now: datetime) -> Chart | None:
    """From the moves of the alias, the newest first. None for fewer than two of them."""
    moves = list(reversed(events))
    numbers = [int(move.to_value) for move in moves if move.to_value]
    if len(moves) < 2 or not numbers:
        return None
    begin, end = moves[0].at.timestamp(), max(now, moves[-1].at).timestamp()
    # The first point lies beside the axis, not on its ticks.
    bounds = (begin - ROOM * (end - begin), end, *padded(numbers, 0.15))
    return Chart(
        "Versions in production",
        f"time ({zone_name(timezone.localtime(now))})",
        "version",
        _stretches(moves, end, bounds),
        x_ticks=_time_ticks(moves[0].at, now, x_at(begin, *bounds[:2])),
        y_ticks=number_ticks(*bounds[2:], BOTTOM, TOP, are_whole=True),
        columns=("when", "version", "by", "why"),
    )


def _stretches(moves: Sequence[AuditEvent], end: float, bounds: Bounds) -> list[Line]:
    """One line, which breaks where no version held the alias."""
    lines: list[Line] = []
    path: list[tuple[float, int]] = []
    dots: list[Dot] = []
    for at, move in enumerate(moves):
        until = moves[at + 1].at.timestamp() if at + 1 < len(moves) else end
        if move.to_value:
            number = int(move.to_value)
            path += [(move.at.timestamp(), number), (until, number)]
            dots.append(_dot(move, bounds, is_current=at + 1 == len(moves)))
        elif path:
            lines.append(_line(path, dots, bounds))
            path, dots = [], []
    return [*lines, _line(path, dots, bounds)] if path else lines


def _line(path: Sequence[tuple[float, int]], dots: list[Dot], bounds: Bounds) -> Line:
    return Line("in production", polyline([x for x, _ in path], [y for _, y in path], bounds), dots=dots)


def _dot(move: AuditEvent, bounds: Bounds, *, is_current: bool) -> Dot:
    when = f"{timezone.localtime(move.at):%Y-%m-%d %H:%M}"
    why = move.reason or "no reason was given"
    return Dot(
        x_at(move.at.timestamp(), *bounds[:2]),
        y_at(int(move.to_value), *bounds[2:]),
        f"{when}: version {move.to_value} by {move.actor}: {why}",
        (when, move.to_value, move.actor, why),
        name="in production" if is_current else "",
        is_first=is_current,
    )


def _time_ticks(begin: datetime, end: datetime, begin_at: float) -> list[Tick]:
    """When the first of the moves was, and now."""
    form = "%Y-%m-%d" if end - begin > timedelta(days=2) else "%m-%d %H:%M"
    return [Tick(begin_at, timezone.localtime(begin).strftime(form), "start"), Tick(RIGHT, "now", "end")]
