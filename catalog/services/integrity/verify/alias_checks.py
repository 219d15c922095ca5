"""Whether aliases lead to versions that can be used, and stand where their history says."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from catalog.models import Alias, AuditEvent
from catalog.services.integrity.check_run import Run
from catalog.services.integrity.findings import Kind

STATE_FIELDS = ("number", "status", "archived_at", "trashed_at")


@dataclass(frozen=True)
class AliasMove:
    """`to_value` is the number of the version that the event points the alias to; empty when it removes the alias."""

    event: int
    to_value: str
    at: datetime | str


def check_aliases(run: Run) -> None:
    """In three queries."""
    latest = latest_moves()
    aliases = Alias.objects.select_related("registered_model", "model_version")
    aliases = aliases.only("name", "registered_model__name", *(f"model_version__{name}" for name in STATE_FIELDS))
    for alias in aliases:
        number, state = alias.model_version.number, alias.model_version.state
        reference = f"{alias.registered_model.name}:{number}"
        if state != "READY":
            to_do = f"Restore {reference} (restore_version), or point {alias.name} elsewhere: promote or rollback"
            run.add(Kind.ALIAS, str(alias), f"points to {reference}, which is {state}", to_do)
        move = latest.pop((alias.registered_model.name, alias.name), None)
        if move is None or move.to_value != str(number):
            _add_unlike(run, str(alias), f"points to {reference}", move.to_value if move else "")
    for (model_name, name), move in latest.items():
        if move.to_value:
            _add_unlike(run, f"{model_name}@{name}", "is not there", move.to_value)
    run.found.checked["aliases"] += len(aliases)


def latest_moves() -> dict[tuple[str, str], AliasMove]:
    """By model and alias, where the newest event leaves it."""
    moves = AuditEvent.objects.filter(object_type=AuditEvent.ObjectType.MODEL).exclude(alias="")
    newest = moves.order_by().values("object_name", "alias").annotate(newest=Max("pk")).values("newest")
    rows = AuditEvent.objects.filter(pk__in=newest).values_list("object_name", "alias", "pk", "to_value", "at")
    return {(model_name, alias): AliasMove(pk, number, at) for model_name, alias, pk, number, at in rows}


def _add_unlike(run: Run, where: str, told: str, number: str) -> None:
    by_history = f"leaves it at version {number}" if number else "does not know it"
    to_do = "The database was changed past the catalog, or is an older copy: promote the version that is meant"
    run.add(Kind.ALIAS, where, f"{told}, and its history {by_history}", to_do)
