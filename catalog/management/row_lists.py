"""Lists of any length: written as they are read, so that memory stays flat."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, TypeVar

from catalog.exceptions import InvalidRequest
from catalog.management.catalog_command import CatalogCommand, printable
from catalog.management.output import writes_unicode, writing
from catalog.management.text_tables import fit_columns, shortened

Row = TypeVar("Row")
SAMPLE, MOST_ROWS = 500, 2**31


def peek(rows: Iterable[Row]) -> tuple[list[Row], Iterator[Row]]:
    """The first rows, and all of them."""
    iterator = iter(rows)
    first = list(islice(iterator, SAMPLE))
    return first, chain(first, iterator)


def streamed(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines whose columns begin below each other by the widths of the first rows; a longer cell moves its own line."""
    first, every = peek(rows)
    widths = [max(len(cell) for cell in column) for column in zip(*first, strict=True)]
    for row in every:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def check_limit(limit: int | None) -> int | None:
    """The limit, in a number that databases take. Raises InvalidRequest for one that shows nothing."""
    if limit is not None and limit < 1:
        raise InvalidRequest(f"--limit {limit} must be at least 1.")
    return limit and min(limit, MOST_ROWS)


class ListCommand(CatalogCommand):
    """Reads and writes one row after another; `--json` is one object all the same."""

    changes_state = False

    def report_rows(
        self, list_name: str, rows: Iterable[Row], values: Callable[[Row], Mapping[str, Any]], **members: Any
    ) -> None:
        """One JSON object: `members`, and last the list of what `values` gives of each row."""
        from catalog.models.encoding import StrictEncoder

        escaped = not writes_unicode(self.stdout)

        def text(value: Any) -> str:
            return json.dumps(value, cls=StrictEncoder, ensure_ascii=escaped)

        start = "".join(f"{text(key)}: {text(value)}, " for key, value in members.items())
        _, rows = peek(rows)  # so that a database which does not answer leaves no half of an object
        self.has_reported = True
        with writing():
            self.stdout.write(f"{{{start}{text(list_name)}: [", ending="")
            for at, row in enumerate(rows):
                self.stdout.write(f"{', ' if at else ''}{text(values(row))}", ending="")
            self.stdout.write("]}")

    def report_table(
        self,
        head: Sequence[str],
        rows: Iterable[Sequence[str]],
        nothing: str,
        *,
        spare: Sequence[str] = (),
        wide: bool = True,
    ) -> None:
        """The table, or the line that says there is nothing; as fit_columns() makes it, unless it is `wide`."""
        first, every = peek(rows)
        table: Iterable[Sequence[str]] = chain([head], every)
        if first and not wide:
            columns = fit_columns([head, *first], spare)
            table = ([shortened(row[at], width) for at, width in columns] for row in chain([head], every))
        with writing():
            for line in streamed(table) if first else [nothing]:
                self.stdout.write(printable(line))
