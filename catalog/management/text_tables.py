"""Tables and phrases that several commands print."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.template.defaultfilters import filesizeformat

from catalog.management.catalog_command import short

if TYPE_CHECKING:
    from catalog.services.registry.aliases import AliasChange


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines whose columns begin below each other."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def number_text(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def size_text(size_bytes: int) -> str:
    """For people, as 1.2 MB."""
    return filesizeformat(size_bytes).replace("\xa0", " ")


def metric_rows(metrics: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    """Head and rows: each metric beside that of training rows and the baseline's, with its direction, and the folds'
    mean where there is one."""
    folds = any("mean" in metric for metric in metrics.values())
    rows = [["metric", "held out", "training", "baseline", "better", *(["folds"] if folds else [])]]
    for name, metric in metrics.items():
        row = [name, *(number_text(metric[key]) for key in ("value", "training", "baseline"))]
        row.append("higher" if metric["higher_is_better"] else "lower")
        if folds:
            known = "mean" in metric
            row.append(f"{metric['mean']:.4g} ± {metric['standard_deviation']:.2g}" if known else "–")
        rows.append(row)
    return rows


def change_values(change: "AliasChange") -> dict[str, Any]:
    return {
        "reference": change.version.reference,
        "sha256": change.version.sha256,
        "alias": change.alias,
        "previous": change.previous.reference if change.previous else None,
    }


def change_line(change: "AliasChange") -> str:
    named = f"{change.version.reference} ({short(change.version.sha256)})"
    if not change.is_change:
        return f"{named} holds the alias {change.alias} already."
    before = f"; before it was {change.previous.reference}" if change.previous else ""
    return f"{named} holds the alias {change.alias} now{before}."
