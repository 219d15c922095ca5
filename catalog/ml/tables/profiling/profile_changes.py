"""How far a column moved from one recorded profile to another: nothing is read but the two profiles.

The measure is the Jensen–Shannon distance, the square root of the divergence with logarithms to the base 2 (Lin 1991,
"Divergence measures based on the Shannon entropy"; Endres and Schindelin 2003 for the root), as
scipy.spatial.distance.jensenshannon(first, second, base=2) has it: 0 for equal shares, 1 for shares that have nothing
in common. Unlike the population stability index it is finite where a category came or went. A missing value is one.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, pairwise
from typing import Any

DRAWN_BINS = 20
# Numbers with more values than labels have are compared by how they are distributed.
MOST_LABELS = 20
LOWEST, HIGHEST = "0.01", "0.99"
REST = "others"
Profile = Mapping[str, Any]


@dataclass(frozen=True)
class Share:
    """The part of the rows, 0 to 1, that a category or a bin had and has."""

    label: str
    before: float
    after: float


@dataclass(frozen=True)
class ColumnChange:
    """`distance` is from 0 to 1; pairs are before and after."""

    name: str
    type: str
    is_of_labels: bool
    distance: float
    missing: tuple[float, float]
    mean: tuple[float | None, float | None]
    came: Sequence[str]
    went: Sequence[str]
    profiles: tuple[Profile, Profile]

    @property
    def shares(self) -> list[Share]:
        """What is drawn: categories, or bins of equal width over the middle 98 % of both, the first and last of which
        hold what is beyond."""
        before, after = self.profiles
        if self.is_of_labels:
            return _category_shares(before, after)
        edges = _drawn_edges(before, after)
        bins = _bin_shares(before, after, edges)
        named = [_edge_text(edge, is_time=isinstance(before["min"], str)) for edge in edges]
        labels = [f"up to {named[0]}", *(f"{low} to {high}" for low, high in pairwise(named)), f"above {named[-1]}"]
        return [Share(label, *pair) for label, pair in zip(labels, bins, strict=True)]


def jensen_shannon_distance(first: Sequence[float], second: Sequence[float]) -> float:
    """Of two lists of shares, of shape (n_categories,), each of which adds up to 1; the result is from 0 to 1."""
    divergence = 0.0
    for one, other in zip(first, second, strict=True):
        middle = (one + other) / 2
        divergence += one * math.log2(one / middle) if one > 0 else 0.0
        divergence += other * math.log2(other / middle) if other > 0 else 0.0
    return math.sqrt(min(max(divergence / 2, 0.0), 1.0))


def compare_profiles(before: Profile, after: Profile) -> ColumnChange:
    """Of two profiles of a column of one type."""
    missing = (_missing_share(before), _missing_share(after))
    is_of_labels = not (_has_bins(before) and _has_bins(after))
    if is_of_labels:
        shares = [(share.before, share.after) for share in _category_shares(before, after)]
    else:
        shares = _bin_shares(before, after, sorted({_number(edge) for edge in before["quantiles"].values()}))
    first, second = zip(*shares, missing, strict=True)
    return ColumnChange(
        after["name"],
        str(after["type"]),
        is_of_labels,
        jensen_shannon_distance(first, second),
        missing,
        (before.get("mean"), after.get("mean")),
        came=_only_in(after, before),
        went=_only_in(before, after),
        profiles=(before, after),
    )


def _rows(profile: Profile) -> int:
    return max(int(profile["count"]), 1)


def _missing_share(profile: Profile) -> float:
    return float(profile["nulls"] / _rows(profile)) if profile["count"] else 1.0


def _is_listed(profile: Profile) -> bool:
    """Whether all values of the column are among those that the profile names."""
    return bool(profile.get("distinct_is_exact")) and profile["distinct"] <= len(profile.get("top", []))


def _has_bins(profile: Profile) -> bool:
    """Whether it is compared by quantiles and histogram, and not value by value."""
    is_of_labels = _is_listed(profile) and profile["distinct"] <= MOST_LABELS
    return bool(profile.get("quantiles") and profile.get("histogram")) and not is_of_labels


def _counts(profile: Profile) -> dict[str, int]:
    return {str(item["value"]): int(item["count"]) for item in profile.get("top", [])}


def _only_in(profile: Profile, other: Profile) -> list[str]:
    """Values that the other column certainly has not: it names all of its own."""
    known = _counts(other)
    return [value for value in _counts(profile) if value not in known] if _is_listed(other) else []


def _category_shares(before: Profile, after: Profile) -> list[Share]:
    """Of the values that are known of both, the most frequent first; what one of them does not name is in the rest."""
    counts, rows = (_counts(before), _counts(after)), (_rows(before), _rows(after))
    unlisted = [of for of, profile in zip(counts, (before, after), strict=True) if not _is_listed(profile)]
    known = [value for value in {**counts[1], **counts[0]} if all(value in of for of in unlisted)]
    shares = [Share(value, counts[0].get(value, 0) / rows[0], counts[1].get(value, 0) / rows[1]) for value in known]
    shares.sort(key=lambda share: -max(share.before, share.after))
    if isinstance(before.get("mean"), int | float) and isinstance(after.get("mean"), int | float):
        shares.sort(key=lambda share: float(share.label))
    rest = [
        max(1 - _missing_share(before) - sum(share.before for share in shares), 0.0),
        max(1 - _missing_share(after) - sum(share.after for share in shares), 0.0),
    ]
    return [*shares, Share(REST, *rest)] if max(rest) > 1e-9 else shares


def _number(edge: float | str) -> float:
    """Of a number, or of a date in seconds since 1970."""
    if isinstance(edge, str):
        moment = datetime.fromisoformat(edge)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return float(edge)


def _knots(profile: Profile) -> list[tuple[float, float]]:
    """Points of the cumulative distribution of the values that are there: the quantiles and the histogram's edges."""
    histogram, quantiles = profile.get("histogram") or {}, profile.get("quantiles") or {}
    counts, edges = histogram.get("counts") or [], histogram.get("edges") or []
    shares = list(accumulate(counts, initial=0))
    total = max(shares[-1], 1)
    knots = list(zip(_numbers(quantiles.values()), map(float, quantiles), strict=True))
    knots += [(edge, below / total) for edge, below in zip(_numbers(edges), shares, strict=False)]
    knots.sort()
    return knots


def _numbers(edges: Iterable[float | str]) -> list[float]:
    """As _number() of each; nearly all are floats already."""
    return [edge if type(edge) is float else _number(edge) for edge in edges]


def _cumulative(knots: Sequence[tuple[float, float]], value: float) -> float:
    """The part of the values up to this one, between two points along a line."""
    at = bisect_right(knots, (value, math.inf))
    if at == 0:
        return 0.0
    if at == len(knots):
        return 1.0
    (low, start), (high, end) = knots[at - 1], knots[at]
    return start + (max(end, start) - start) * (value - low) / (high - low)


def _bin_shares(before: Profile, after: Profile, edges: Sequence[float]) -> list[tuple[float, float]]:
    """Of the rows before and after, in the bins between the edges, below the first and above the last."""
    parts = []
    for profile in (before, after):
        knots, there = _knots(profile), 1 - _missing_share(profile)
        ends = [0.0, *(_cumulative(knots, edge) for edge in edges), 1.0]
        parts.append([max(high - low, 0.0) * there for low, high in pairwise(ends)])
    return list(zip(*parts, strict=True))


def _drawn_edges(before: Profile, after: Profile) -> list[float]:
    """Between bins of equal width; a column of one value has one edge."""
    low = min(_number(profile["quantiles"][LOWEST]) for profile in (before, after))
    high = max(_number(profile["quantiles"][HIGHEST]) for profile in (before, after))
    return [low + (high - low) * at / DRAWN_BINS for at in range(1, DRAWN_BINS)] if high > low else [low]


def _edge_text(edge: float, *, is_time: bool) -> str:
    return f"{datetime.fromtimestamp(edge, UTC):%Y-%m-%d %H:%M}".removesuffix(" 00:00") if is_time else f"{edge:.4g}"
