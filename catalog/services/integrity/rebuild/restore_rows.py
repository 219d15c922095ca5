"""The rows of a rebuild's plan, added to the database within the caller's transaction."""

from typing import Any

from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, reset_queries
from django.db.models import Model

from catalog.models import Alias, AuditEvent
from catalog.progress import Progress
from catalog.services.integrity.rebuild.field_parsing import field_values
from catalog.services.integrity.rebuild.parent_plan import parent_keys
from catalog.services.integrity.rebuild.rebuild_plan import RebuildPlan
from catalog.services.integrity.rebuild.record_kinds import FIELDS, PARENTS, VERSIONS, RecordKind
from catalog.services.integrity.row_batches import batched, stored_name
from catalog.services.search.search_index import add_to_index

Keys = dict[str, Any]  # primary keys, by name or reference


def restore_rows(plan: RebuildPlan, progress: Progress) -> None:
    """In the order in which rows refer to one another."""
    keys: dict[RecordKind, Keys] = {}
    for kind in RecordKind:
        _add_rows(plan, kind, keys, progress)
        keys[kind] = _primary_keys(kind)
    for kind in VERSIONS:
        _raise_numbers(FIELDS[FIELDS[kind].parent or kind].row, plan.records.highest_numbers(kind))
    _restore_aliases(plan, keys)
    _continue_numbering_of_events()


def _add_rows(plan: RebuildPlan, kind: RecordKind, keys: dict[RecordKind, Keys], progress: Progress) -> None:
    """Insert all accepted rows of the kind; `keys` are those of the rows that they refer to."""
    model = FIELDS[kind].row
    for batch in batched(plan.records.accepted(kind)):
        rows = [model(**field_values(model, values), **_foreign_keys(kind, values, keys)) for values in batch]
        model._default_manager.bulk_create(rows)
        add_to_index(rows)
        if settings.DEBUG:
            reset_queries()  # Django keeps them for debugging, with all that was inserted
        progress.advance(len(rows))


def _foreign_keys(kind: RecordKind, values: dict[str, Any], keys: dict[RecordKind, Keys]) -> Keys:
    """By field, the keys of the rows that the manifest names."""
    fields = FIELDS[kind]
    related = {f"{name}_id": keys[other].get(values[name]) for name, other in (fields.references or {}).items()}
    if fields.parent:
        related[f"{fields.parent_field}_id"] = keys[fields.parent][stored_name(values[fields.parent_field])]
    return related


def _primary_keys(kind: RecordKind) -> Keys:
    """By stored name or reference, of all rows that others may refer to."""
    rows = FIELDS[kind].row._default_manager
    if kind in PARENTS:
        return parent_keys(kind)
    if kind in VERSIONS:
        names = {pk: name for name, pk in parent_keys(FIELDS[kind].parent or kind).items()}
        versions = rows.values_list(f"{FIELDS[kind].parent_field}_id", "number", "pk")
        return {f"{names[parent]}:{number}": pk for parent, number, pk in versions}
    return {}


def _raise_numbers(model: type[Model], highest: dict[str, int]) -> None:
    """The next number comes after every number that was ever used."""
    parents: Any = model._default_manager.all()
    for parent in parents:
        if highest.get(parent.stored_name, 0) >= parent.next_number:
            parent.next_number = highest[parent.stored_name] + 1
            parent.save(update_fields=["next_number"])


def _restore_aliases(plan: RebuildPlan, keys: dict[RecordKind, Keys]) -> None:
    Alias.objects.bulk_create(
        Alias(
            registered_model_id=keys[RecordKind.MODEL][alias.model],
            name=alias.name,
            model_version_id=keys[RecordKind.MODEL_VERSION][alias.reference],
            set_at=Alias._meta.get_field("set_at").to_python(alias.set_at),
        )
        for alias in plan.aliases
    )


def _continue_numbering_of_events() -> None:
    """Events keep their ids: where the database counts apart from the rows, the next event's comes after them."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [AuditEvent]):
            cursor.execute(statement)
