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
    """Counts rows up to ten thousand, and further where the page that is `asked` for lies beyond them; one row more has
    a page to go on to.

    Of a page it finds the keys before the rows: rows with joins and large JSON are slow to sort and to skip. `rows`
    are all there are, of which those of the keys are read without asking again what led to the keys.
    """

    def __init__(self, *arguments: Any, asked: str = "", rows: Any = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        page = int(asked) if asked.isdecimal() and len(asked) <= LONGEST_NUMBER else 1
        self.most = max(MOST_COUNTED, page * self.per_page)
        self.rows: Any = self.object_list if rows is None else rows

    @cached_property
    def count(self) -> int:
        """At most one more than are counted. In no order, so that the database takes the index that it likes best."""
        found: Any = self.object_list
        return int(found.order_by().values("pk")[: self.most + 1].count())

    @property
    def count_text(self) -> str:
        return f"more than {self.most:,}" if self.count > self.most else f"{self.count:,}"

    def page(self, number: int | str) -> "Page[Any]":
        page = super().page(number)
        rows: Any = page.object_list
        keys = list(rows.values_list("pk", flat=True))
        found = self.rows.in_bulk(keys)
        page.object_list = [found[key] for key in keys if key in found]
        return page
