"""For the models of home: the newest version that may be promoted, and whether it is better than the one there is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.http import urlencode

from catalog.ml.evaluation.difference import Difference
from catalog.models import Evaluation, ModelVersion


@dataclass(frozen=True)
class NewestVerdict:
    """`difference` is from the version in production in the main metric; None where nobody measured both."""

    number: int
    key: int
    production_key: int | None
    difference: Difference | None

    @property
    def is_in_production(self) -> bool:
        return self.key == self.production_key

    @property
    def url(self) -> str:
        """Where the two are compared, or the version where nothing is in production."""
        if self.production_key is None:
            return reverse("admin:catalog_modelversion_change", args=[self.key])
        query = urlencode({"v": [self.production_key, self.key]}, doseq=True)
        return f"{reverse('admin:catalog_modelversion_compare')}?{query}"


def newest_annotations() -> dict[str, Subquery]:
    """For a query of models, which names the version in production `production_id`."""
    ready = ModelVersion.objects.ready().filter(registered_model=OuterRef("pk")).order_by("-number")
    return {f"newest_{name}": Subquery(ready.values(name)[:1]) for name in ("pk", "number", "sha256")}


def newest_verdicts(models: Iterable[Any]) -> dict[int, NewestVerdict]:
    """By the key of the model, with the annotations above and `production_sha256`; in one query."""
    with_newest = [model for model in models if model.newest_pk]
    pairs = {
        model.pk: (model.newest_pk, model.newest_sha256, model.production_id, model.production_sha256)
        for model in with_newest
        if model.production_id and model.production_id != model.newest_pk
    }
    found = _differences(pairs)
    return {
        model.pk: NewestVerdict(
            model.newest_number,
            model.newest_pk,
            model.production_id,
            found.get(model.pk, {}).get(model.primary_metric),
        )
        for model in with_newest
    }


def _differences(pairs: Mapping[int, tuple[int, str, int, str]]) -> dict[int, dict[str, Difference]]:
    """Of the newest evaluation of each pair on rows that neither was trained on, whichever of the two was asked for."""
    if not pairs:
        return {}
    sides: dict[tuple[int, str], tuple[int, bool]] = {}
    for model, (newest, newest_sha256, production, production_sha256) in pairs.items():
        sides[newest, production_sha256] = (model, False)
        sides[production, newest_sha256] = (model, True)
    keys, digests = zip(*sides, strict=True)
    rows = Evaluation.objects.filter(model_version__in=keys, against_sha256__in=digests).order_by("-created_at")
    found: dict[int, dict[str, Difference]] = {}
    asked = ("model_version_id", "against_sha256", "differences", "training_rows", "flips")
    for evaluation in rows.only(*asked):
        side = sides.get((evaluation.model_version_id, evaluation.against_sha256))
        if side is None or side[0] in found or evaluation.has_training_rows:
            continue
        model, is_reversed = side
        each = [Difference.from_json(value) for value in evaluation.differences]
        found[model] = {item.metric: item.reversed if is_reversed else item for item in each}
    return found
