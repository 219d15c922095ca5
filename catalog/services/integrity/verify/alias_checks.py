"""Whether aliases lead to versions that can be used, and stand where their history says."""

from catalog.models import Alias, ModelVersion
from catalog.services.integrity.alias_history import latest_moves
from catalog.services.integrity.check_run import CheckRun
from catalog.services.integrity.findings import FindingKind
from catalog.services.persistence.publishing import AliasKey, AliasMove

STATE_FIELDS = ("number", "status", "archived_at", "trashed_at")


def check_aliases(run: CheckRun) -> None:
    """In three queries."""
    latest = latest_moves()
    aliases = Alias.objects.select_related("registered_model", "model_version")
    columns = ("name", "registered_model__name", "registered_model__stored_as")
    aliases = aliases.only(*columns, *(f"model_version__{name}" for name in STATE_FIELDS))
    for alias in aliases:
        _check_alias(run, alias, latest.pop(AliasKey(alias.registered_model.stored_name, alias.name), None))
    for key, move in latest.items():
        if move.to_value:
            _add_unlike(run, str(key), "is not there", move.to_value)
    run.verified.checked["aliases"] += len(aliases)


def _check_alias(run: CheckRun, alias: Alias, move: AliasMove | None) -> None:
    number, state = alias.model_version.number, alias.model_version.state
    reference = f"{alias.registered_model.name}:{number}"
    if state != ModelVersion.Status.READY:
        to_do = f"Restore {reference} (restore_version), or point {alias.name} elsewhere: promote or rollback"
        run.add(FindingKind.ALIAS, str(alias), f"points to {reference}, which is {state}", to_do)
    if move is None or move.to_value != str(number):
        _add_unlike(run, str(alias), f"points to {reference}", move.to_value if move else "")


def _add_unlike(run: CheckRun, where: str, present: str, number: str) -> None:
    by_history = f"leaves it at version {number}" if number else "does not know it"
    to_do = "The database was changed past the catalog, or is an older copy: promote the version that is meant"
    run.add(FindingKind.ALIAS, where, f"{present}, and its history {by_history}", to_do)
