"""The pages of every list: their keys are found before their rows, and what is beyond ten thousand is not counted."""

from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.utils.functional import cached_property

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator

MOST_COUNTED = 10_000
LONGEST_NUMBER = 9  # digits


class ListPaginator(_Paginator):
    """Reads the keys of all rows that it counts in one query, and of a page the rows by their keys: rows with joins and
    large JSON are slow to sort and to skip, and a filter is answered once instead of for the count and for the page.

    It counts so many rows, and more where the page that is `asked` for lies beyond them; one more has a page to go on
    to. `rows` are all there are, of which those of the keys are read without asking again what led to the keys.
    """

    def __init__(self, *arguments: Any, asked: str = "", rows: Any = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        page = int(asked) if asked.isdecimal() and len(asked) <= LONGEST_NUMBER else 1
        self.most = max(MOST_COUNTED, page * self.per_page)
        self.rows: Any = self.object_list if rows is None else rows

    @cached_property
    def keys(self) -> list[Any]:
        """Of the rows that are counted, and of the next."""
        found: Any = self.object_list
        return list(found.values_list("pk", flat=True)[: self.most + 1])

    @cached_property
    def count(self) -> int:
        return len(self.keys)

    @property
    def count_text(self) -> str:
        return f"more than {self.most:,}" if self.count > self.most else f"{self.count:,}"

    def page(self, number: int | str) -> "Page[Any]":
        number = self.validate_number(number)
        keys = self.keys[(number - 1) * self.per_page : number * self.per_page]
        found = self.rows.in_bulk(keys)
        return Page([found[key] for key in keys if key in found], number, self)
