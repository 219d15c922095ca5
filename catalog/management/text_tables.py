"""Tables and phrases that several commands print."""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from catalog.exceptions import counted
from catalog.management.catalog_command import short
from catalog.ml.evaluation.difference import Difference

if TYPE_CHECKING:
    from catalog.models import Evaluation, ModelVersion
    from catalog.services.registry.aliases import AliasChange
    from catalog.services.registry.change_review import ChangeReview
    from catalog.services.registry.comparability import Comparison
    from catalog.services.registry.facts import MetricRow


GAP, WIDTH, NARROWEST = "  ", 100, 8
NONE = "–"


def add_wide_option(parser: ArgumentParser) -> None:
    parser.add_argument("--wide", action="store_true", help=f"All of it, however wide (default: {WIDTH} columns).")


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines whose columns begin below each other."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def fit_columns(rows: Sequence[Sequence[str]], spare: Sequence[str]) -> list[tuple[int, int]]:
    """Which columns fit WIDTH, and how wide each is: (position, width). `rows` are a head and some rows below it.

    As many of the `spare` columns as it takes, by their heads, are left out; then the widest of the others are made
    narrower, but never the first.
    """
    head, widths = list(rows[0]), [max(map(len, column)) for column in zip(*rows, strict=True)]
    shown = list(range(len(head)))

    def excess() -> int:
        return sum(widths[at] for at in shown) + len(GAP) * (len(shown) - 1) - WIDTH

    for name in spare:
        if excess() > 0 and name in head:
            shown.remove(head.index(name))
    while (over := excess()) > 0 and (others := [at for at in shown[1:] if widths[at] > NARROWEST]):
        widest = max(others, key=lambda at: widths[at])
        widths[widest] -= min(over, max(widths[widest] - NARROWEST, 1), max(widths[widest] // 4, 1))
    return [(at, widths[at]) for at in shown]


def shortened(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: max(width - 1, 0)]}…"


def list_lines(head: Sequence[str], rows: Sequence[Sequence[str]], *, spare: Sequence[str], wide: bool) -> list[str]:
    """A table that fits WIDTH, or with `wide` all of it."""
    table = [head, *rows]
    columns = fit_columns(table, spare)
    return aligned(table if wide else [[shortened(row[at], width) for at, width in columns] for row in table])


def number_text(value: float | None) -> str:
    return NONE if value is None else f"{value:.4g}"


def stated_text(value: float | None, is_stated: bool) -> str:
    """A metric that may be what an uploader states, which is marked."""
    return number_text(value) + (" stated" if is_stated and value is not None else "")


def training_table(metrics: Mapping[str, Mapping[str, Any]], main: str) -> list[str]:
    """Each metric beside that of training rows and the baseline's, with its direction, and the folds' mean where there
    is one; the main one is marked."""
    folds = any("mean" in metric for metric in metrics.values())
    rows = [["metric", "held out", "training", "baseline", "better", *(["folds"] if folds else [])]]
    for name, metric in metrics.items():
        row = [_marked(name, main), *(number_text(metric[key]) for key in ("value", "training", "baseline"))]
        row.append("higher" if metric["higher_is_better"] else "lower")
        if folds:
            known = "mean" in metric
            row.append(f"{metric['mean']:.4g} ± {metric['standard_deviation']:.2g}" if known else NONE)
        rows.append(row)
    return aligned(rows)


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
    instead = f", instead of {change.previous.reference}" if change.previous else ""
    return f"{named} holds the alias {change.alias} now{instead}."


def review_lines(review: "ChangeReview") -> list[str]:
    """What is said before an alias is moved: the metrics of both versions, and the sentences that its page shows. None
    where nothing changes."""
    from catalog.services.registry.facts import metric_rows

    if not review.is_change:
        return []
    first, *others = review.sentences
    rows = metric_rows(review.version, review.previous, review.comparison)
    lines = [*metric_table(rows, review.version, review.previous), *others]
    lines += measuring_lines(review.comparison) if review.comparison else []
    return [first, *(f"  {line}" for line in lines)]


def measuring_lines(comparison: "Comparison") -> list[str]:
    """How to measure both versions on the same rows, where nobody has."""
    if (request := comparison.measurable) is None:
        return []
    against = f" --against {request.against}" if request.against != request.like else ""
    return [f"To measure both on the same rows: manage.py evaluate {request.reference} --like {request.like}{against}"]


def metric_table(rows: "Sequence[MetricRow]", version: "ModelVersion", other: "ModelVersion | None") -> list[str]:
    """Each metric with the baseline's and the folds', and with the other version's and what can be said of the two; the
    main one is marked, and so is what an uploader states."""
    if not rows:
        return []
    has_folds = any(row.mean is not None for row in rows)
    head = ["metric", _head(version), "baseline", *(["folds"] if has_folds else [])]
    table = [[*head, *([_head(other), f"against {other.reference}"] if other else [])]]
    main = version.registered_model.primary_metric
    for row in rows:
        folds = NONE if row.mean is None else f"{number_text(row.mean)} ± {row.standard_deviation or 0:.2g}"
        cells = [_marked(row.name, main), number_text(row.value)]
        cells += [number_text(row.baseline), *([folds] if has_folds else [])]
        against = f"{row.verdict} {row.difference}".strip() or NONE
        table.append([*cells, *([number_text(row.production), against] if other else [])])
    return aligned(table)


def _head(version: "ModelVersion") -> str:
    return f"{version.reference}{', stated' if version.has_stated_metrics else ''}"


def evaluation_values(evaluation: "Evaluation") -> dict[str, Any]:
    """As JSON."""
    return {
        "evaluation": str(evaluation.pk),
        "reference": evaluation.model_version.reference,
        "sha256": evaluation.model_sha256,
        "dataset": evaluation.dataset_version.reference,
        "rows_of": evaluation.rows_of,
        "rows": evaluation.row_count,
        "training_rows": evaluation.training_rows,
        "weighted_by": evaluation.weighted_by or None,
        "metrics": evaluation.metrics,
        "against": evaluation.against or None,
        "differences": [
            {**difference.as_json(), "verdict": difference.verdict} for difference in _differences(evaluation)
        ],
        "flips": evaluation.flips,
        "checks": evaluation.checks,
    }


def _differences(evaluation: "Evaluation") -> list[Difference]:
    return [Difference.from_json(values) for values in evaluation.differences]


def evaluation_lines(evaluation: "Evaluation") -> list[str]:
    """How a version does on which rows; beside another each difference with its interval, and what it means."""
    lines = [f"{evaluation.model_version.reference} was measured on {evaluation.rows_text}."]
    if evaluation.training_rows:
        lines.append(f"  It was trained on {counted(evaluation.training_rows, 'row')} of them.")
    if seen := evaluation.flips.get("other_training_rows"):
        lines.append(f"  {evaluation.against} was trained on {counted(seen, 'row')} of them.")
    main, against = evaluation.model_version.registered_model.primary_metric, evaluation.against
    if against:
        head = ["metric", evaluation.model_version.reference, against, "baseline", "difference", ""]
        table = [head, *(_difference_row(each, main, evaluation.metrics) for each in _differences(evaluation))]
    else:
        table = [["metric", evaluation.model_version.reference, "baseline"]]
        table += [
            [_marked(name, main), number_text(of["value"]), number_text(of.get("baseline"))]
            for name, of in evaluation.metrics.items()
        ]
    lines += [f"  {line}" for line in aligned(table)]
    lines += [f"  {evaluation.flips_text}", *_segments(evaluation)] if against else []
    return [*lines, *_evaluation_checks(evaluation)]


def _marked(name: str, main: str) -> str:
    return f"{name} (main)" if name == main else name


def _difference_row(difference: Difference, main: str, metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return [
        _marked(difference.metric, main),
        number_text(difference.first),
        number_text(difference.second),
        number_text(metrics.get(difference.metric, {}).get("baseline")),
        difference.text,
        difference.sentence,
    ]


def _evaluation_checks(evaluation: "Evaluation") -> list[str]:
    """Of a version that was trained elsewhere: what fired, and what could not be checked."""
    from catalog.services.evaluation.recorded_checks import unmade_checks

    fired = [f"  Check {check['code']}: {check['sentence']}" for check in evaluation.checks or []]
    unmade = unmade_checks(evaluation.model_version)
    return [*fired, *([f"  {unmade}"] if unmade else [])]


def _segments(evaluation: "Evaluation") -> list[str]:
    """For which values of a column it gets worse."""
    segments = evaluation.flips["segments"]
    if not segments:
        return []
    table = [
        [evaluation.flips["by"], "rows", "gain", ""],
        *(
            [each["value"], f"{each['rows']:,}", f"{each['gain']:+.3g}", "worse" if each["high"] < 0 else ""]
            for each in segments
        ),
    ]
    return [f"  {line}" for line in aligned(table)]
