"""One comparison of a filter, and the numbers and times that it compares with."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.lookups import In
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from catalog.exceptions import InvalidRequest

LOOKUPS = {"=": "", "!=": "", "<": "__lt", "<=": "__lte", ">": "__gt", ">=": "__gte"}


@dataclass(frozen=True)
class FilterCondition:
    """`operator` and `value` are empty where a metric or tag has only to be there; positions are in `text`."""

    text: str
    field: str
    operator: str
    value: str
    position: int
    value_position: int

    def refusal(self, problem: str, *, at_value: bool = False) -> InvalidRequest:
        from catalog.services.search.where_grammar import place

        where = place(self.text, self.value_position if at_value else self.position)
        return InvalidRequest(f"`where` {where}: {problem}")

    @property
    def lookup(self) -> str:
        return LOOKUPS[self.operator]

    @property
    def name(self) -> str:
        """What follows the first full stop, without quotes."""
        return self.field.partition(".")[2].strip("\"'")


def moments_of(asked: FilterCondition) -> tuple[datetime, datetime]:
    """When the day or the second begins and ends."""
    try:
        day, moment = parse_date(asked.value), parse_datetime(asked.value)
    except ValueError:
        day = moment = None
    if day is not None:
        begin = timezone.make_aware(datetime.combine(day, time.min))
        return begin, begin + timedelta(days=1)
    if moment is None:
        raise asked.refusal(f"{asked.value!r} is no day or time: write 2026-01-31 or 2026-01-31T12:00.", at_value=True)
    begin = timezone.make_aware(moment) if timezone.is_naive(moment) else moment
    return begin, begin + timedelta(seconds=1)


def number_of(asked: FilterCondition) -> float:
    try:
        number = float(asked.value)
    except ValueError:
        number = float("nan")
    if number != number or abs(number) == float("inf"):
        raise asked.refusal(f"{asked.field} is compared with a number, not with {asked.value!r}.", at_value=True)
    return number


def require_equality(asked: FilterCondition) -> None:
    if asked.operator not in {"=", "!="}:
        raise asked.refusal(f"{asked.field} is compared with = or !=, not with {asked.operator}.")


def among(rows: QuerySet[Any], owner: str) -> Q:
    """Of the versions, models or datasets that the rows' field `owner` names.

    Not of `pk` as it is: SQLite would look up each of them in the table, whose rows are wide. So it goes through the
    index that the rest of the query takes, and asks of each whether it is among them.
    """
    return Q(In(F("pk") + 0, rows.order_by().values(owner)))
