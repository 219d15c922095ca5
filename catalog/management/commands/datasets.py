from typing import Any

from django.core.management.base import CommandParser

from catalog.management.argument_names import program
from catalog.management.output import size_text
from catalog.management.row_lists import ListCommand, check_limit
from catalog.management.text_tables import add_wide_option

HEAD = ("dataset", "versions", "newest", "rows", "size", "created", "description")
SHOWN_DESCRIPTION = 60


class Command(ListCommand):
    help = "List the datasets by name, each with its newest version."
    example = "datasets --limit 20"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, metavar="N", help="Only the first N datasets.")
        add_wide_option(parser)

    def handle(self, *, limit: int | None, wide: bool, json: bool, **options: Any) -> None:
        from catalog.services.registry.listings import list_datasets

        limit = check_limit(limit)
        datasets = list_datasets(limit=limit)
        if json:
            self.report_rows("datasets", datasets, _values)
            return
        nothing = f"There is no dataset yet. Add one: {program()} add_dataset NAME FILE"
        self.report_table(HEAD, map(_cells, datasets), nothing, spare=["created", "size", "versions"], wide=wide)


def _values(dataset: Any) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "description": dataset.description,
        "versions": dataset.version_count or 0,
        "newest": dataset.newest_number,
        "rows": dataset.newest_rows,
        "bytes": dataset.newest_bytes,
        "created": dataset.created_at,
    }


def _cells(dataset: Any) -> list[str]:
    has_newest = dataset.newest_number is not None
    described = " ".join(dataset.description.split())
    return [
        dataset.name,
        f"{dataset.version_count or 0:,}",
        str(dataset.newest_number or "–"),
        f"{dataset.newest_rows:,}" if has_newest else "–",
        size_text(dataset.newest_bytes) if has_newest else "–",
        f"{dataset.created_at:%Y-%m-%d}",
        described if len(described) <= SHOWN_DESCRIPTION else f"{described[: SHOWN_DESCRIPTION - 1]}…",
    ]
