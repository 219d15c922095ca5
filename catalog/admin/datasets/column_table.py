"""The columns of a dataset version on its page: those whose names hold what is searched for, some at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.utils.http import urlencode

from catalog.admin import charts
from catalog.models import DatasetVersion

COLUMNS_SHOWN = 50
TOP_SHOWN = 5


@dataclass(frozen=True)
class ColumnRow:
    """A column of the schema with its profile, and the bars of its histogram or its most frequent values."""

    name: str
    type: str
    nulls: int
    missing_percent: float
    distinct: int | None
    distinct_is_exact: bool
    min: object
    max: object
    mean: float | None
    bars: list[charts.Bar]
    top: list[dict[str, Any]]

    @classmethod
    def of(cls, column: Mapping[str, Any], profile: Mapping[str, Any], rows: int) -> "ColumnRow":
        numbers = profile.get("histogram") or {}
        return cls(
            name=column["name"],
            type=profile.get("type", column["type"]),
            nulls=profile.get("nulls", column["nulls"]),
            missing_percent=100 * column["nulls"] / max(rows, 1),
            distinct=profile.get("distinct"),
            distinct_is_exact=bool(profile.get("distinct_is_exact")),
            min=profile.get("min"),
            max=profile.get("max"),
            mean=profile.get("mean"),
            bars=charts.histogram(numbers["edges"], numbers["counts"]) if numbers.get("counts") else [],
            top=profile.get("top", [])[:TOP_SHOWN],
        )


def columns_context(version: DatasetVersion, asked: Mapping[str, str]) -> dict[str, Any]:
    """`asked` may have the `column` that is searched for and the `page`; the first rows are those of the same columns.

    A page that there is not is the nearest one.
    """
    word = asked.get("column", "").strip()
    places = [at for at, column in enumerate(version.schema) if word.lower() in column["name"].lower()]
    page = Paginator(places, COLUMNS_SHOWN).get_page(asked.get("page"))
    profiles = {column["name"]: column for column in version.profile}
    chosen = [version.schema[at] for at in page]
    kept = {name: asked[name] for name in ("since", "column") if asked.get(name)}
    return {
        "columns": [ColumnRow.of(column, profiles.get(column["name"], {}), version.row_count) for column in chosen],
        "column_page": page,
        "column_word": word,
        "column_query": urlencode(kept),
        "first_rows": [[row[at] for at in page] for row in version.first_rows] if chosen else [],
    }
