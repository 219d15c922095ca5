"""What to do when the lines of a text file are not all of one table."""

from catalog.ml.tables.dialects.detection import SAMPLE_BYTES, first_text
from catalog.ml.tables.dialects.layout import Layout, footer_advice, header_advice, lay_out
from catalog.ml.tables.files.column_names import no_name
from catalog.ml.tables.files.csv_source import CsvSource


def check_blank_ends(source: CsvSource) -> None:
    """Raises InvalidData when a last column that has no name has a value in the first lines."""
    if not (blank := source.blank_columns):
        return
    layout, first = lay_out_first(source), len(source.header[0]) - len(blank)
    for record in layout.records[1:]:
        for at, cell in enumerate(record[first:], first):
            if cell.strip():
                raise no_name(source.name, at)


def lay_out_first(source: CsvSource) -> Layout:
    """The first lines as records."""
    text, is_whole = first_text(source)
    return lay_out(text, source.dialect.delimiter, is_whole=is_whole)


def advise_on_lines(source: CsvSource, problem: str) -> str:
    """Of lines above the header or below the last row, when a row has not as many cells as the header; else empty."""
    if "columns, got" not in problem:
        return ""
    layout, width = lay_out_first(source), len(source.header[0])
    if advice := header_advice(layout) if layout.width != width else "":
        return advice
    tail = source.readable.tail(SAMPLE_BYTES).decode(source.encoding, errors="ignore")
    return footer_advice(tail, source.dialect.delimiter, width)
