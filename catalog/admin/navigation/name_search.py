"""Words that people search by, resolved to the few names of the catalog before any large table is read."""

from collections.abc import Sequence
from functools import reduce
from operator import or_

from django.db.models import F, Q

from catalog.models import Dataset, RegisteredModel
from catalog.models.registered_model import STORED_NAME

MOST_FOUND = 5000


def models_by_word(words: Sequence[str]) -> dict[str, list[int]]:
    """Keys of the models that have each word in their names, in one query; in none when there is no word."""
    if not words:
        return {}
    models = list(RegisteredModel.objects.filter(_any_of(words)).values_list("name", "pk")[:MOST_FOUND])
    return {word: [pk for name, pk in models if word.lower() in name] for word in words}


def names_by_word(words: Sequence[str]) -> dict[str, list[str]]:
    """Names, as events have them, of the models and datasets with each word in theirs, in one query; in none when there
    is no word."""
    if not words:
        return {}
    models = RegisteredModel.objects.filter(_any_of(words)).order_by().values_list("name", STORED_NAME)
    datasets = Dataset.objects.filter(_any_of(words)).order_by().values_list("name", F("name"))
    matches = list(models.union(datasets)[:MOST_FOUND])
    return {word: [stored for name, stored in matches if word.lower() in name] for word in words}


def _any_of(words: Sequence[str]) -> Q:
    return reduce(or_, (Q(name__contains=word.lower()) for word in words), Q())
