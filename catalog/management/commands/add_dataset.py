from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser

from catalog.exceptions import counted
from catalog.management.catalog_command import CatalogCommand, login_name, short
from catalog.management.reading_arguments import add_dialect_options, add_missing_options, reading_options
from catalog.management.text_tables import aligned
from catalog.ml.tables.file_formats import ENDINGS

if TYPE_CHECKING:
    from catalog.services.datasets.add_dataset import AddedDataset
    from catalog.services.datasets.preview_dataset import DatasetPreview

SHOWN_COLUMNS = 50


class Command(CatalogCommand):
    help = "Add a table to the catalog as the next version of a dataset."
    example = "add_dataset churn customers.csv --description 'customers of 2026, one row each'"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="The dataset's name.")
        parser.add_argument(
            "source",
            metavar="SOURCE",
            help=f"A path or s3://bucket/key ({', '.join(ENDINGS)}), or "
            "a database: postgresql://…, sqlite:///path or env:NAME, a variable that holds such an address.",
        )
        parser.add_argument(
            "--description",
            default="",
            help="What the dataset is; where that is written already, what is particular to this version.",
        )
        parser.add_argument(
            "--column-type",
            action="append",
            default=[],
            metavar="COLUMN=TYPE",
            dest="column_types",
            help="Override a column's type: integer, number, boolean, date, timestamp, timestamp_utc or string.",
        )
        parser.add_argument("--query", default="", metavar="SELECT", help="What to read from the database at SOURCE.")
        parser.add_argument("--table", default="", metavar="SCHEMA.NAME", help="The same for all rows of a table.")
        parser.add_argument(
            "--sheet",
            default="",
            metavar="NAME",
            help="The sheet of a workbook (default: the first not empty).",
        )
        add_missing_options(parser)
        add_dialect_options(parser)
        parser.add_argument(
            "--preview", action="store_true", help="Show each column as it would be read, and store nothing."
        )
        parser.add_argument("--by", default="", metavar="USER", help="The author to record (default: the login name).")
        parser.add_argument("--no-sign-request", action="store_true", help="Read a public object without credentials.")

    def handle(
        self,
        *,
        name: str,
        source: str,
        description: str,
        column_types: list[str],
        preview: bool,
        by: str,
        json: bool,
        **options: Any,
    ) -> None:
        from catalog.services.datasets.add_dataset import add_dataset
        from catalog.services.datasets.preview_dataset import preview_dataset
        from catalog.services.datasets.reading_request import ReadingRequest

        asked = {
            "source": source,
            "reading": ReadingRequest(column_types, **reading_options(options)),
            **{field: options[field] for field in ("sheet", "query", "table")},
            "unsigned": options["no_sign_request"],
            "progress": self.progress(),
        }
        if preview:
            seen = preview_dataset(**asked)
            self.report(json, seen.as_json(), [self.with_arguments(line) for line in _preview_lines(seen)])
            return
        added = add_dataset(name=name, description=description, actor=by or login_name(), **asked)
        self.report(json, _values(added), [self.with_arguments(line) for line in _lines(added)])


def _preview_lines(seen: "DatasetPreview") -> list[str]:
    rows = [["column", "type", "written with", "missing", "first values"]]
    for column in seen.columns[:SHOWN_COLUMNS]:
        values = ", ".join("–" if value is None else value for value in column.values)
        rows.append([column.name, column.type, column.written, f"{column.missing:,}", values])
    more = len(seen.columns) - SHOWN_COLUMNS
    size = f"{counted(seen.rows, 'row')}, {counted(len(seen.columns), 'column')}"
    return [
        f"Nothing was stored. As it would be read: {size}.",
        *(f"  {line}" for line in aligned(rows)),
        *([f"  and {counted(more, 'more column')}"] if more > 0 else []),
        *(f"  {note}" for note in seen.notes),
        *(f"  {column.name}: {doubt}" for column in seen.columns for doubt in column.doubts if doubt not in seen.notes),
    ]


def _values(added: "AddedDataset") -> dict[str, Any]:
    version = added.version
    return {
        "reference": version.reference,
        "name": version.dataset.name,
        "version": version.number,
        "rows": version.row_count,
        "columns": len(version.schema),
        "bytes": version.size_bytes,
        "sha256": version.sha256,
        "created": added.created,
        "schema": version.schema,
        "notes": list(added.notes),
    }


def _lines(added: "AddedDataset") -> list[str]:
    version = added.version
    what = "Added" if added.created else "Nothing to add: the same bytes are there as"
    size = f"{counted(version.row_count, 'row')}, {counted(len(version.schema), 'column')}"
    columns = ", ".join(f"{column['name']} ({column['type']})" for column in version.schema[:SHOWN_COLUMNS])
    more = len(version.schema) - SHOWN_COLUMNS
    return [
        f"{what} {version.reference} ({short(version.sha256)}): {size}.",
        f"  {columns}{f' and {more:,} more' if more > 0 else ''}",
        *(f"  {note}" for note in added.notes),
    ]
