"""What the page of a dataset version shows of its changes since an earlier one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator

from catalog.exceptions import NotFound
from catalog.ml.tables.profiling.profile_changes import ColumnChange, Share
from catalog.models import DatasetVersion
from catalog.services.datasets.version_changes import changes_since, earlier_numbers

EARLIER_OFFERED = 100
CHANGED_SHOWN = 15
# Of more columns the page says what changed when somebody asks for it: to compare a thousand takes a third of a second.
COMPARED_AT_ONCE = 300
NAMES_SHOWN, SHARES_SHOWN = 5, 4


@dataclass(frozen=True)
class PairedBar:
    """A bin or a category as it was, outlined over what it is: height and top of both."""

    x: float
    width: float
    before: tuple[float, float]
    after: tuple[float, float]
    label: str


@dataclass(frozen=True)
class ChangedColumn:
    """`missing` and the `shares` of a target are parts of the rows in words, before and after."""

    change: ColumnChange
    missing: tuple[str, str]
    came: str
    went: str
    bars: Sequence[PairedBar]

    @classmethod
    def of(cls, change: ColumnChange) -> "ChangedColumn":
        missing = (percent(change.missing[0]), percent(change.missing[1]))
        return cls(change, missing, _named(change.came), _named(change.went), paired_bars(change.shares))

    @property
    def shares(self) -> list[tuple[str, str, str]]:
        """Of a column of few values: each with its part of the rows before and after."""
        if not self.change.is_of_labels:
            return []
        shown = self.change.shares[:SHARES_SHOWN]
        return [(share.label, percent(share.before), percent(share.after)) for share in shown]


def percent(share: float) -> str:
    """With one decimal; what is not nothing is not written as such."""
    return "under 0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"


def changes_context(version: DatasetVersion, asked: Mapping[str, str]) -> dict[str, Any]:
    """`asked` may have `since`, the number of the earlier version, and `moved`, the page of its columns. A version that
    there is not is told, and the one before shown; of a page it is the nearest."""
    since = asked.get("since", "")
    if not since and len(version.schema) > COMPARED_AT_ONCE:
        return {"changes": None, "earlier_numbers": earlier_numbers(version, most=EARLIER_OFFERED)}
    problem = ""
    try:
        changes = changes_since(version, int(since) if since.isdecimal() and len(since) < 10 else None)
    except NotFound as error:
        changes, problem = changes_since(version), str(error)
    if changes is None:
        return {"changes": None}
    page = Paginator(changes.columns, CHANGED_SHOWN).get_page(asked.get("moved"))
    return {
        "changes": changes,
        "changes_problem": problem,
        "earlier_numbers": earlier_numbers(version, most=EARLIER_OFFERED),
        "changed_targets": [ChangedColumn.of(change) for change in changes.targets],
        "changed_page": page,
        "changed_columns": [ChangedColumn.of(change) for change in page],
    }


def paired_bars(shares: Sequence[Share], *, width: int = 200, height: int = 56) -> list[PairedBar]:
    """Bars of shares before and after over each other within width by height."""
    top = max((max(share.before, share.after) for share in shares), default=0) or 1
    step = width / max(len(shares), 1)

    def bar(value: float) -> tuple[float, float]:
        return round(height * value / top, 2), round(height - height * value / top, 2)

    return [
        PairedBar(
            round(at * step, 2),
            round(max(step - 1, 1), 2),
            bar(share.before),
            bar(share.after),
            f"{share.label}: {100 * share.before:.1f} % before, {100 * share.after:.1f} % now",
        )
        for at, share in enumerate(shares)
    ]


def _named(values: Sequence[str]) -> str:
    more = len(values) - NAMES_SHOWN
    return ", ".join(values[:NAMES_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
