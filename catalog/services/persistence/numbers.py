"""Version numbers: each used once, in order of their taking, also by many processes at once."""

from django.db.models import F

from catalog.models import Dataset, RegisteredModel


def take_number(parent: Dataset | RegisteredModel) -> int:
    """The next number, within the caller's transaction: the update locks the parent's row until it commits."""
    parents = type(parent)._default_manager.filter(pk=parent.pk)
    parents.update(next_number=F("next_number") + 1)
    return parents.values_list("next_number", flat=True).get() - 1
