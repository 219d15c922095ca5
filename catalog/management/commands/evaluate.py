from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand, login_name
from catalog.management.output import prints_aside
from catalog.management.reading_arguments import add_code_argument
from catalog.management.text_tables import evaluation_lines, evaluation_values


class Command(CatalogCommand):
    help = "Measure a version on rows that it has not seen, and compare it with another on the same rows."
    example = "evaluate churn:4 --like churn"

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
            "--sample-weight",
            default="",
            metavar="COLUMN",
            help="By which rows weigh in the metrics (default: as in those of --like).",
        )
        parser.add_argument(
            "--include-training-rows",
            action="store_true",
            help="Measure rows that a version was trained on, too; without it they are left out.",
        )
        add_code_argument(parser)

    def handle(
        self,
        *,
        reference: str,
        dataset: str,
        like: str,
        against: str,
        by: str,
        sample_weight: str,
        include_training_rows: bool,
        code_from_version: bool,
        json: bool,
        **options: Any,
    ) -> None:
        from catalog.services.evaluation.evaluate_version import evaluate_version
        from catalog.services.evaluation.evaluation_request import EvaluationRequest

        request = EvaluationRequest(
            reference, dataset, like, against, by, sample_weight, include_training_rows, code_from_version
        )
        with prints_aside():
            evaluated = evaluate_version(request=request, actor=login_name(), progress=self.progress())
        self.warn(evaluated.warnings)
        self.report(json, evaluation_values(evaluated.evaluation), evaluation_lines(evaluated.evaluation))
