"""Filters of versions: parsed by a grammar, and made of conditions that databases answer by an index each."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from catalog.exceptions import CatalogError, InvalidRequest, near
from catalog.models import Alias, AuditEvent, DatasetVersion, IndexedMetric, IndexedTag, ModelVersion
from catalog.models.model_version import in_state
from catalog.models.names import is_name
from catalog.reference_syntax import NUMBERED
from catalog.services.registry.references import find_dataset_version, get_dataset, get_registered_model
from catalog.services.search.filter_conditions import (
    FilterCondition,
    among,
    moments_of,
    number_of,
    require_equality,
)

if TYPE_CHECKING:
    from lark import Token, Tree

MOST_CONDITIONS = 50
LARGEST_NUMBER, MOST_NAMES = 2**31 - 1, 2_000
PRINTED_QUOTES = "“”„‘’«»"  # as word processors make them
IS_FILTER = re.compile(r"[=<>]|^\s*(?:not\s|\(|(?:metric|tag)\.\S)", re.IGNORECASE)


def is_filter(text: str) -> bool:
    """Whether a text of a search box is a filter, rather than words."""
    return IS_FILTER.search(text) is not None


def where(text: str) -> Q:
    """The condition on versions that the filter says. Raises InvalidRequest, which names the place that is wrong.

    A comparison is true or not: `a != b` is `not a = b`, also of versions that have no `a`.
    """
    from catalog.services.search.where_grammar import parse

    tree = parse(text)
    count = sum(1 for _ in tree.iter_subtrees())
    if count > MOST_CONDITIONS:
        raise InvalidRequest(f"`where` has {count} conditions; it can have {MOST_CONDITIONS}.")
    return _condition(tree, text)


def _condition(tree: "Tree[Token]", text: str) -> Q:
    children: list[Any] = tree.children
    match tree.data:
        case "any_of":
            condition = Q()
            for child in children:
                condition |= _condition(child, text)
            return condition
        case "all_of":
            condition = Q()
            for child in children:
                condition &= _condition(child, text)
            return condition
        case "negation":
            return ~_condition(children[0], text)
    return _comparison(_read(children, text))


def _read(tokens: "list[Token]", text: str) -> FilterCondition:
    field, *rest = tokens
    at = field.start_pos or 0
    if not rest:
        return FilterCondition(text, str(field), "", "", at, at)
    operator, value = rest
    plain = str(value)[1:-1] if value.type == "TEXT" else str(value)
    asked = FilterCondition(text, str(field), str(operator), plain, at, value.start_pos or 0)
    if value.type == "WORD" and plain[0] in PRINTED_QUOTES:
        raise asked.refusal("texts stand in quotes as a keyboard has them, \"…\" or '…'.", at_value=True)
    return asked


def _comparison(asked: FilterCondition) -> Q:
    kind, dot, _ = asked.field.partition(".")
    known = NAMED if dot else FIELDS
    if kind not in known:
        raise asked.refusal(f"there is no field {asked.field!r}.{_near_field(asked.field, kind)}")
    if not asked.operator and not dot:
        raise asked.refusal(f"compare {asked.field} with a value, as {asked.field} = …")
    try:
        condition = known[kind](asked)
    except InvalidRequest:
        raise
    except CatalogError as error:
        raise asked.refusal(str(error), at_value=True) from error
    return ~condition if asked.operator == "!=" else condition


def _near_field(field: str, kind: str) -> str:
    """What may have been meant: a metric or tag without its kind, or a field that is spelled nearly so."""
    if kind in NAMED:
        return f" Did you mean {kind}.NAME?"
    if IndexedMetric.objects.filter(name=field).exists():
        return f" Did you mean metric.{field}?"
    if IndexedTag.objects.filter(key=field, model_version__isnull=False).exists():
        return f" Did you mean tag.{field}?"
    return near(field.lower(), [*FIELDS, *(f"{name}.NAME" for name in NAMED)])


def _metric(asked: FilterCondition) -> Q:
    rows = IndexedMetric.objects.filter(name=asked.name)
    if not rows.exists():
        newest = IndexedMetric.objects.order_by("-pk").values_list("name", flat=True)[:MOST_NAMES]
        raise asked.refusal(f"no version has the metric {asked.name!r}.{near(asked.name, set(newest))}")
    if asked.operator:
        rows = rows.filter(**{f"value{asked.lookup}": number_of(asked)})
    return among(rows, "model_version")


def _tag(asked: FilterCondition) -> Q:
    if not is_name(asked.name):
        raise asked.refusal(f"{asked.name!r} can't be the key of a tag.")
    rows = IndexedTag.objects.filter(key=asked.name, model_version__isnull=False)
    if asked.operator:
        rows = rows.filter(**{f"value{asked.lookup}": asked.value})
    return among(rows, "model_version")


def _dataset(asked: FilterCondition) -> Q:
    require_equality(asked)
    if NUMBERED.fullmatch(asked.value):
        return Q(dataset_version=find_dataset_version(asked.value).pk)
    versions = DatasetVersion.objects.filter(dataset=get_dataset(asked.value)).order_by()
    return Q(dataset_version__in=versions.values("pk"))


def _model(asked: FilterCondition) -> Q:
    require_equality(asked)
    name, mark, rest = re.split("([:@]|$)", asked.value, maxsplit=1)
    if mark:
        field = "version" if mark == ":" else "alias"
        raise asked.refusal(f"a model is meant by its name: write model = {name} and {field} = {rest}.", at_value=True)
    return Q(registered_model=get_registered_model(asked.value).pk)


def _alias(asked: FilterCondition) -> Q:
    require_equality(asked)
    held = Alias.objects.filter(name=asked.value)
    if not held.exists() and not AuditEvent.objects.filter(alias=asked.value).exists():
        known = Alias.objects.order_by().values_list("name", flat=True).distinct()[:MOST_NAMES]
        raise asked.refusal(f"no version ever held the alias {asked.value!r}.{near(asked.value, known)}", at_value=True)
    return among(held, "model_version")


def _state(asked: FilterCondition) -> Q:
    require_equality(asked)
    states = list(ModelVersion.State.values)
    if asked.value.upper() not in states:
        raise asked.refusal(f"there is no state {asked.value!r}.{near(asked.value.upper(), states)}", at_value=True)
    return in_state(asked.value.upper())


def _text_of(column: str, said: str) -> Callable[[FilterCondition], Q]:
    def condition(asked: FilterCondition) -> Q:
        require_equality(asked)
        versions = ModelVersion.objects.order_by()
        if not versions.filter(**{column: asked.value}).exists():
            known = versions.values_list(column, flat=True).distinct()[:MOST_NAMES]
            raise asked.refusal(f"{said.format(asked.value)}.{near(asked.value, known)}", at_value=True)
        return Q(**{column: asked.value})

    return condition


def _version(asked: FilterCondition) -> Q:
    number = number_of(asked)
    if abs(number) > LARGEST_NUMBER:
        raise asked.refusal("no version has such a number.", at_value=True)
    return Q(**{f"number{asked.lookup}": number})


def _created(asked: FilterCondition) -> Q:
    """A day is all of it: `> 2026-01-31` begins with the day after."""
    begin, end = moments_of(asked)
    match asked.operator:
        case "<":
            return Q(created_at__lt=begin)
        case "<=":
            return Q(created_at__lt=end)
        case ">":
            return Q(created_at__gte=end)
        case ">=":
            return Q(created_at__gte=begin)
    return Q(created_at__gte=begin, created_at__lt=end)


NAMED: dict[str, Callable[[FilterCondition], Q]] = {"metric": _metric, "tag": _tag}
FIELDS: dict[str, Callable[[FilterCondition], Q]] = {
    "model": _model,
    "version": _version,
    "dataset": _dataset,
    "state": _state,
    "alias": _alias,
    "estimator": _text_of("estimator", "no version has the estimator {!r}"),
    "by": _text_of("created_by", "no version was made by {!r}"),
    "created": _created,
}
