"""What to do when the lines of a text file are not all of one table."""

from catalog.ml.tables.dialects.detection import SAMPLE_BYTES, first_text
from catalog.ml.tables.dialects.layout import footer_advice, header_advice, lay_out
from catalog.ml.tables.files.csv_source import CsvSource


def advise_on_lines(source: CsvSource, problem: str) -> str:
    """Of lines above the header or below the last row, when a row has not as many cells as the header; else empty."""
    if "columns, got" not in problem:
        return ""
    text, is_whole = first_text(source)
    layout = lay_out(text, source.dialect.delimiter, is_whole=is_whole)
    width = len(source.header[0])
    if advice := header_advice(layout) if layout.width != width else "":
        return advice
    tail = source.readable.tail(SAMPLE_BYTES).decode(source.encoding, errors="ignore")
    return footer_advice(tail, source.dialect.delimiter, width)
