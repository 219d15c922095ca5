"""Where the newest events of bucket and database together leave each alias, and whether it can be put there."""

from catalog.models import Alias
from catalog.services.integrity.alias_history import latest_moves
from catalog.services.integrity.findings import FindingKind
from catalog.services.integrity.rebuild.rebuild_plan import PlannedAlias, RebuildPlan
from catalog.services.persistence.publishing import AliasKey, AliasMove


def plan_aliases(plan: RebuildPlan) -> None:
    moves = plan.records.alias_moves()
    for key, move in latest_moves().items():
        if key not in moves or move.event > moves[key].event:
            moves[key] = move
    aliases = Alias.objects.select_related("registered_model", "model_version").only(
        "name", "registered_model__name", "registered_model__stored_as", "model_version__number"
    )
    present = {
        AliasKey(alias.registered_model.stored_name, alias.name): alias.model_version.number for alias in aliases
    }
    for key, move in sorted(moves.items(), key=lambda item: item[0]):
        _plan_alias(plan, key, move, present.get(key))


def _plan_alias(plan: RebuildPlan, key: AliasKey, move: AliasMove, present: int | None) -> None:
    reference = f"{key.model}:{move.to_value}"
    if str(present or "") == move.to_value:
        plan.present["aliases"] += 1 if present else 0
    elif present:
        what = f"points to {key.model}:{present}; the history leaves it at {move.to_value or 'nothing'}"
        plan.refuse(FindingKind.CONFLICT, str(key), what, "Promote the version that is meant")
    elif reference not in plan.ready:
        what = f"{reference} is not restored or not ready"
        plan.refuse(FindingKind.NOT_RESTORED, str(key), what, "Promote another version")
    else:
        plan.missing["aliases"] += 1
        plan.aliases.append(PlannedAlias(key.model, key.alias, reference, move.at))
