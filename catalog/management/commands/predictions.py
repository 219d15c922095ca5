from typing import Any

from django.core.management.base import CommandParser

from catalog.management.row_lists import ListCommand, check_limit
from catalog.management.text_tables import add_wide_option
from catalog.models import Prediction

HEAD = ("receipt", "status", "version", "rows", "input", "output", "created", "by")


class Command(ListCommand):
    help = "List the predictions made with a model or a version, or of a dataset; the newest first."
    example = "predictions churn --limit 20"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "reference", metavar="REF", help="name (all versions), name:3, name@alias; dataset:name or dataset:name:2."
        )
        parser.add_argument("--limit", type=int, metavar="N", help="Only the newest N.")
        add_wide_option(parser)

    def handle(self, *, reference: str, limit: int | None, wide: bool, json: bool, **options: Any) -> None:
        from catalog.services.registry.listings import list_predictions
        from catalog.services.registry.subjects import find_subject, subject_reference

        limit = check_limit(limit)
        subject = find_subject(reference)
        receipts, named = list_predictions(subject=subject, limit=limit), subject_reference(subject)
        if json:
            self.report_rows("predictions", receipts, _values, reference=named)
            return
        nothing = f"There is no prediction of {named} yet."
        self.report_table(HEAD, map(_cells, receipts), nothing, spare=["by", "status"], wide=wide)


def _values(receipt: Prediction) -> dict[str, Any]:
    data = receipt.input_dataset_version
    return {
        "receipt": str(receipt.pk),
        "status": receipt.status,
        "version": receipt.model_version.reference,
        "model_sha256": receipt.model_sha256,
        "input": receipt.input_uri,
        "input_dataset": data.reference if data else None,
        "input_sha256": receipt.input_sha256,
        "output": receipt.output_uri,
        "output_sha256": receipt.output_sha256,
        "rows": receipt.row_count,
        "seconds": receipt.seconds,
        "failure": receipt.failure,
        "created": receipt.created_at,
        "by": receipt.created_by,
    }


def _cells(receipt: Prediction) -> list[str]:
    data = receipt.input_dataset_version
    return [
        str(receipt.pk),
        receipt.status,
        receipt.model_version.reference,
        f"{receipt.row_count:,}",
        data.reference if data else receipt.input_uri,
        receipt.output_uri or "–",
        f"{receipt.created_at:%Y-%m-%d %H:%M}",
        receipt.created_by,
    ]
