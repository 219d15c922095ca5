"""Random tables of every type with missing values and odd names, and what their rows mean to an estimator.

What a row means is written here once more, in plain Python and cell by cell, so that no door is measured by another.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from catalog.ml.features import Feature
from catalog.ml.tables.conversion.casting import SourceType
from catalog.ml.tables.conversion.missing import DEFAULT_WORDS
from catalog.ml.tables.schema import ColumnType

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_ROWS = 12
EXACT = 2**53
# Texts that were learned, those that were not, and those that mean a missing value.
CATEGORIES = (
    "1",
    "007",
    "a,b",
    'q"uoted"',
    "x;y",
    "p|ipe",
    "tab\tbed",
    "ünï",
    "cafe\u0301",
    "true",
    "Não",
    " lead",
    "'",
)
UNSEEN = (
    "new", "2026-01-31", "-", "0x1F", "R$ 3", "1,5", "trail ", "line\nbreak", "\u2028", "\U0001f642", "\ufeffx", "#",
    "=1+1", "\\", "\\N", "x" * 3000, "1e5", "\u200b",
)  # fmt: skip
WORDS = ("", " ", "\u00a0", "\u3000NA ", "\tnull", *DEFAULT_WORDS)


def _float(cell: Any) -> float:
    return float(cell)


def _days(cell: date) -> float:
    return float((cell - EPOCH.date()).days)


def _days_with_fractions(cell: datetime) -> float:
    return (cell.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1) / 86_400_000_000


def _category(cell: str) -> Any:
    return cell if cell in CATEGORIES else None


@dataclass(frozen=True)
class Kind:
    """What a column holds: `draw` gives a cell, and `meaning` the number or the category that it stands for."""

    name: str
    type: ColumnType
    draw: Callable[[np.random.Generator], Any]
    meaning: Callable[[Any], Any]


def _integer(random: np.random.Generator) -> int:
    bound = random.choice([4, 1000, 2**31 - 1, 2**53, 2**62])
    return int(random.integers(-bound, bound))


def _number(random: np.random.Generator) -> float:
    scale = random.choice([1.0, 1e-5, 1e6, 1e15, 1e-300, 1e30])
    value = float(random.normal() * scale)
    return float(random.choice([value, round(value, 2), round(value), 0.1, -0.0, 1 / 3]))


def _money(random: np.random.Generator) -> Decimal:
    return Decimal(int(random.integers(-(10**9), 10**9))).scaleb(-2)


def _day(random: np.random.Generator) -> date:
    return date(1901, 1, 1) + timedelta(days=int(random.integers(0, 109_000)))


def _time(random: np.random.Generator) -> datetime:
    at = datetime(1901, 1, 1, tzinfo=UTC) + timedelta(seconds=int(random.integers(0, 9_400_000_000)))
    if random.random() < 0.3:
        at = at.replace(hour=0, minute=0, second=0)
    return at.replace(tzinfo=None)


def _zoned(random: np.random.Generator) -> datetime:
    return _time(random).replace(tzinfo=UTC, microsecond=int(random.choice([0, 5, 500_000])))


def _text(random: np.random.Generator) -> str:
    pool = (CATEGORIES, UNSEEN, WORDS)[random.choice(3, p=[0.7, 0.15, 0.15])]
    return str(pool[random.integers(len(pool))])


KINDS = (
    Kind("integer", ColumnType.INTEGER, _integer, _float),
    Kind("number", ColumnType.NUMBER, _number, _float),
    Kind('comma, and "quotes"', ColumnType.NUMBER, _money, _float),
    Kind("ünï (m²)", ColumnType.BOOLEAN, lambda random: bool(random.integers(2)), _float),
    Kind("line\nbreak", ColumnType.DATE, _day, _days),
    Kind("x;y", ColumnType.TIMESTAMP, _time, _days_with_fractions),
    Kind("p|ipe\ttab", ColumnType.TIMESTAMP_UTC, _zoned, _days_with_fractions),
    Kind("select", ColumnType.STRING, _text, _category),
    Kind("'", ColumnType.STRING, _text, _category),
)
FEATURES = tuple(
    Feature(kind.name, kind.type, tuple(sorted(CATEGORIES)) if kind.type is ColumnType.STRING else None)
    for kind in KINDS
)


def _is_missing(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and cell.strip() in DEFAULT_WORDS)


@dataclass(frozen=True)
class Way:
    """How a column may be stored besides the usual: `takes` says which cells can be. What does not fit is refused."""

    type: SourceType
    store: Callable[[Any], Any]
    takes: Callable[[Any], bool] = lambda cell: True
    fits: bool = True


def _is_small(cell: float) -> bool:
    return abs(cell) < EXACT


def _is_midnight(cell: datetime) -> bool:
    return cell.time() == time()


def _iso(separator: str, ending: str) -> Callable[[datetime], str]:
    return lambda cell: f"{cell.replace(tzinfo=None).isoformat(separator, 'microseconds')}{ending}"


def _epoch(cell: datetime) -> int:
    return (cell.replace(tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)


USUAL = dict(zip((kind.name for kind in KINDS), (
    SourceType.INTEGER, SourceType.FLOAT, SourceType.DECIMAL, SourceType.BOOLEAN, SourceType.DATE, SourceType.TIMESTAMP,
    SourceType.TIMESTAMP_UTC, SourceType.TEXT, SourceType.TEXT,
), strict=True))  # fmt: skip
WAYS = {
    "integer": (
        Way(SourceType.FLOAT, float), Way(SourceType.TEXT, str), Way(SourceType.DECIMAL, Decimal, _is_small),
        Way(SourceType.TEXT, lambda cell: f" {cell}.0 ", _is_small),
    ),
    "number": (Way(SourceType.TEXT, repr), Way(SourceType.TEXT, lambda cell: f"{cell!r}\t")),
    'comma, and "quotes"': (Way(SourceType.FLOAT, float), Way(SourceType.TEXT, str)),
    "ünï (m²)": (
        Way(SourceType.INTEGER, int), Way(SourceType.FLOAT, float), Way(SourceType.TEXT, str),
        Way(SourceType.TEXT, lambda cell: str(cell).lower()), Way(SourceType.INTEGER, lambda cell: 2, fits=False),
        Way(SourceType.TEXT, lambda cell: "yes", fits=False), Way(SourceType.FLOAT, lambda cell: 0.5, fits=False),
    ),
    "line\nbreak": (
        Way(SourceType.TEXT, date.isoformat), Way(SourceType.INTEGER, lambda cell: cell.toordinal(), fits=False),
        Way(SourceType.TIMESTAMP, lambda cell: datetime.combine(cell, time())),
        Way(SourceType.TIMESTAMP, lambda cell: datetime.combine(cell, time(1)), fits=False),
    ),
    "x;y": (
        Way(SourceType.TEXT, _iso("T", "")), Way(SourceType.TEXT, _iso(" ", "999")),
        Way(SourceType.DATE, datetime.date, _is_midnight), Way(SourceType.TEXT, _iso("T", "Z"), fits=False),
        Way(SourceType.TIMESTAMP_UTC, lambda cell: cell.replace(tzinfo=UTC), fits=False),
        Way(SourceType.INTEGER, _epoch, fits=False),
    ),
    "p|ipe\ttab": (
        Way(SourceType.TEXT, _iso("T", "Z")), Way(SourceType.TEXT, _iso(" ", " UTC")),
        Way(SourceType.TEXT, _iso("T", "+00:00")),
        Way(SourceType.TEXT, lambda cell: cell.astimezone(timezone(timedelta(hours=-3))).isoformat()),
        Way(SourceType.TEXT, _iso("T", ""), fits=False), Way(SourceType.INTEGER, _epoch, fits=False),
        Way(SourceType.TIMESTAMP, lambda cell: cell.replace(tzinfo=None), fits=False),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class RandomTable:
    """`cells` are what the columns' kinds drew, or None; `columns` the same as they are stored, each as its type in
    `types`. Some tables fit nowhere: a column of theirs is stored as what it may not be read from."""

    seed: int
    cells: Mapping[str, Sequence[Any]]
    columns: Mapping[str, list[Any]]
    types: Mapping[str, SourceType]
    fits: bool = True

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, cells, strict=True)) for cells in zip(*self.columns.values(), strict=True)]

    @cached_property
    def has_blank_row(self) -> bool:
        return any(all(map(_is_missing, row.values())) for row in self.rows)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """What an estimator is to be given, of shape (n_rows, n_features)."""
        columns: dict[str, Any] = {}
        for kind, feature in zip(KINDS, FEATURES, strict=True):
            values = [None if _is_missing(cell) else kind.meaning(cell) for cell in self.cells[kind.name]]
            if feature.is_category:
                columns[kind.name] = pd.Categorical(values, dtype=feature.dtype)
            else:
                columns[kind.name] = np.array([np.nan if value is None else value for value in values], float)
        return pd.DataFrame(columns)


def draw_table(seed: int, rows: int = 0) -> RandomTable:
    """The same table for the same seed, of as many rows, or of 1 to MOST_ROWS."""
    random = np.random.default_rng(seed)
    count = rows or int(random.integers(1, MOST_ROWS + 1))
    cells = {}
    for at in random.permutation(len(KINDS)):
        missing = random.choice([0.0, 0.2, 1.0], p=[0.5, 0.4, 0.1])
        cells[KINDS[at].name] = [None if random.random() < missing else KINDS[at].draw(random) for _ in range(count)]
    if rows:
        return _store(seed, cells, {})
    share = random.choice([0.0, 0.5])
    chosen = {name: _choose(name, column, random) for name, column in cells.items() if random.random() < share}
    return _store(seed, cells, {name: way for name, way in chosen.items() if way})


def _choose(name: str, column: Sequence[Any], random: np.random.Generator) -> Way | None:
    """A way to store the column otherwise, in which none of its cells is lost."""
    present = [cell for cell in column if not _is_missing(cell)]
    ways = [way for way in WAYS.get(name, ()) if all(map(way.takes, present))]
    return ways[random.integers(len(ways))] if ways and present else None


def _store(seed: int, cells: Mapping[str, list[Any]], ways: Mapping[str, Way]) -> RandomTable:
    columns = {
        name: [cell if cell is None or name not in ways else ways[name].store(cell) for cell in column]
        for name, column in cells.items()
    }
    types = {name: ways[name].type if name in ways else USUAL[name] for name in cells}
    return RandomTable(seed, cells, columns, types, all(way.fits for way in ways.values()))
