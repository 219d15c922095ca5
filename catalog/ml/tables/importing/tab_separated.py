"""Tab-separated text, as CSV."""

import csv
import io
from pathlib import Path

from catalog.exceptions import InvalidData
from catalog.ml.tables.importing.packed_files import open_packed

LONGEST_CELL = 1024 * 1024


def convert_tab_separated(path: Path, name: str, target: Path) -> None:
    """Every cell as it is written. Raises InvalidData naming the line that is not as long as the first."""
    csv.field_size_limit(LONGEST_CELL)
    with (
        path.open(encoding="utf-8-sig", newline="") as source,
        open_packed(target) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="") as text,
    ):
        reader, writer = csv.reader(source, delimiter="\t", strict=True), csv.writer(text, lineterminator="\n")
        width = 0
        try:
            for row in reader:
                width = width or len(row)
                if row and len(row) != width:
                    raise InvalidData(f"{name}: line {reader.line_num} has {len(row)} cells, expected {width}.")
                if row:
                    writer.writerow(row)
        except csv.Error as error:
            raise InvalidData(f"{name}: line {reader.line_num} can't be read: {error}.") from error
        except UnicodeDecodeError as error:
            raise InvalidData(f"{name} can't be read after line {reader.line_num}. Save it as UTF-8.") from error
