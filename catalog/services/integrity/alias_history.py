"""Where the newest events leave each alias."""

from django.db.models import Max

from catalog.models import AuditEvent
from catalog.services.persistence.publishing import AliasKey, AliasMove


def latest_moves() -> dict[AliasKey, AliasMove]:
    """By alias, where the newest event of the database leaves it. One query."""
    moves = AuditEvent.objects.filter(object_type=AuditEvent.ObjectType.MODEL).exclude(alias="")
    newest = moves.order_by().values("object_name", "alias").annotate(newest=Max("pk")).values("newest")
    rows = AuditEvent.objects.filter(pk__in=newest).values_list("object_name", "alias", "pk", "to_value", "at")
    return {AliasKey(model, alias): AliasMove(pk, number, at) for model, alias, pk, number, at in rows}
