"""The dialect of a text file, found by looking at it."""

import re
from dataclasses import dataclass, replace

from catalog.exceptions import InvalidData
from catalog.ml.tables.dialects.dialect import Dialect, DialectRequest
from catalog.ml.tables.dialects.layout import ends_in_quotes, find_delimiter
from catalog.ml.tables.dialects.text_encodings import UTF_8, TextScan, marked_encoding, scan_text
from catalog.ml.tables.files.csv_source import CsvSource, TextFile, not_decoded, open_source

# A first line of Excel's own, which it does not show.
EXCEL_SEPARATOR = re.compile(r'"?sep=(.)"?[\r\n]', re.IGNORECASE)
SAMPLE_BYTES, LARGEST_SAMPLE = 65_536, 4 * 1024 * 1024


@dataclass(frozen=True)
class FoundDialect:
    """The source to read by it, and what all bytes tell."""

    source: CsvSource
    scan: TextScan


def detect_dialect(file: TextFile, request: DialectRequest) -> FoundDialect:
    """What was not said is found: the encoding by all bytes, the separator by the first lines. Raises InvalidData."""
    head = file.head(SAMPLE_BYTES)
    if not head:
        raise InvalidData(f"{file.name} is empty.")
    marked = marked_encoding(head)
    scan = scan_text(file.chunks(), file.name, request.encoding or (marked if marked != UTF_8 else ""))
    dialect = Dialect(request.delimiter or ",", scan.encoding, request.skip_rows, request.skip_footer, request.comment)
    if scan.escaped:
        raise InvalidData(
            f"{file.name}: a quote within quotes is written with a backslash, as in {scan.escaped}. Write it twice, as "
            '"": in Spark by option("escape", "\\"").'
        )
    source = open_source(file, dialect)
    if not (request.delimiter or request.skip_rows) and (said := EXCEL_SEPARATOR.match(first_text(source)[0])):
        source = open_source(file, replace(dialect, delimiter=said[1], skip_rows=1))
    elif not request.delimiter:
        text, is_whole = first_text(source)
        delimiter = find_delimiter(text, file.name, is_whole=is_whole)
        source = replace(source, dialect=replace(dialect, delimiter=delimiter))
    if not scan.has_even_quotes and ends_in_quotes(source.readable.tail(SAMPLE_BYTES), source.dialect.delimiter):
        raise InvalidData(f"{file.name} ends within quotes: it was cut, or a quote is not closed.")
    return FoundDialect(source, scan)


def first_text(source: CsvSource) -> tuple[str, bool]:
    """The first lines, as many as make some records, and whether they are all. Raises InvalidData."""
    for size in (SAMPLE_BYTES, LARGEST_SAMPLE):
        head = source.readable.head(size)
        if len(head) < size:
            break
        if head.count(b"\n") + head.count(b"\r") > 1:
            break
    is_whole = len(head) < size
    try:
        text = head.decode(source.encoding, errors="strict" if is_whole else "ignore")
    except UnicodeDecodeError as error:
        raise not_decoded(source.name, source.encoding) from error
    return text.removeprefix("\ufeff"), is_whole
