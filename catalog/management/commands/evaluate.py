from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand, counted, login_name
from catalog.management.text_tables import aligned, number_text

if TYPE_CHECKING:
    from catalog.ml.evaluation.difference import Difference
    from catalog.models import Evaluation
    from catalog.services.evaluation.evaluate_version import Evaluated


class Command(CatalogCommand):
    help = (
        "Measure a version on rows that it has not seen, and compare it with another on the same rows. "
        "Example: manage.py evaluate churn:4 --like churn"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reference", metavar="REF", help="name, name:3, name:latest or name@alias.")
        rows = parser.add_mutually_exclusive_group(required=True)
        rows.add_argument("--dataset", default="", metavar="DATASET", help="All rows of this dataset version.")
        rows.add_argument(
            "--like",
            default="",
            metavar="REF",
            help="The held-out rows of this version, which is measured on them too.",
        )
        parser.add_argument("--against", default="", metavar="REF", help="Compare with this version on the same rows.")
        parser.add_argument("--by", default="", metavar="COLUMN", help="Show for which values of a column it differs.")
        parser.add_argument(
            "--include-training-rows",
            action="store_true",
            help="Measure rows that a version was trained on, too; without it they are left out.",
        )

    def handle(
        self,
        *,
        reference: str,
        dataset: str,
        like: str,
        against: str,
        by: str,
        include_training_rows: bool,
        json: bool,
        **options: Any,
    ) -> None:
        from catalog.services.evaluation.evaluate_version import evaluate_version
        from catalog.services.evaluation.evaluation_request import EvaluationRequest

        request = EvaluationRequest(reference, dataset, like, against, by, include_training_rows)
        evaluated = evaluate_version(request=request, actor=login_name(), progress=self.progress())
        self.warn(evaluated.warnings)
        self.report(json, _values(evaluated), _lines(evaluated))


def _values(evaluated: "Evaluated") -> dict[str, Any]:
    evaluation = evaluated.evaluation
    return {
        "evaluation": str(evaluation.pk),
        "reference": evaluation.model_version.reference,
        "sha256": evaluation.model_sha256,
        "dataset": evaluation.dataset_version.reference,
        "rows_of": evaluation.rows_of,
        "rows": evaluation.row_count,
        "training_rows": evaluation.training_rows,
        "metrics": evaluation.metrics,
        "against": evaluation.against or None,
        "differences": [
            {**difference.as_json(), "verdict": difference.verdict} for difference in evaluated.differences
        ],
        "flips": evaluation.flips,
    }


def _lines(evaluated: "Evaluated") -> list[str]:
    evaluation = evaluated.evaluation
    lines = [f"{evaluation.model_version.reference} was measured on {evaluation.rows_text}."]
    if evaluation.training_rows:
        lines.append(f"  It was trained on {counted(evaluation.training_rows, 'row')} of them.")
    if not evaluation.against:
        table = [["metric", "value"], *([name, number_text(of["value"])] for name, of in evaluation.metrics.items())]
        return lines + [f"  {line}" for line in aligned(table)]
    head = ["metric", evaluation.model_version.reference, evaluation.against, "difference", ""]
    table = [head, *(_row(difference) for difference in evaluated.differences)]
    return [*lines, *(f"  {line}" for line in aligned(table)), *_flips(evaluation), *_segments(evaluated)]


def _row(difference: "Difference") -> list[str]:
    return [
        difference.metric,
        number_text(difference.first),
        number_text(difference.second),
        difference.text,
        difference.sentence,
    ]


def _flips(evaluation: "Evaluation") -> list[str]:
    flips = evaluation.flips
    return [
        f"  It is nearer on {counted(flips['gained'], 'row')} and farther on {flips['lost']:,}."
        if evaluation.model_version.registered_model.task == "regression"
        else f"  It gets {counted(flips['gained'], 'row')} right that {evaluation.against} gets wrong, and "
        f"{flips['lost']:,} wrong that it gets right."
    ]


def _segments(evaluated: "Evaluated") -> list[str]:
    if not evaluated.segments:
        return []
    by = evaluated.evaluation.flips["by"]
    table = [
        [by, "rows", "gain", ""],
        *(
            [segment.value, f"{segment.rows:,}", f"{segment.gain:+.3g}", "worse" if segment.is_worse else ""]
            for segment in evaluated.segments
        ),
    ]
    return [f"  {line}" for line in aligned(table)]
