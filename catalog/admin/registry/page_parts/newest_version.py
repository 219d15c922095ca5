"""The newest version of a model against the one in production: whether to change it, and whom that would break."""

from dataclasses import dataclass

from django.db.models import Q, Subquery
from django.urls import reverse
from django.utils.http import urlencode

from catalog.ml.evaluation.difference import Difference, Verdict
from catalog.models import Alias, ModelVersion, RegisteredModel
from catalog.models.model_version import LARGE_DATASET_FIELDS
from catalog.reference_syntax import DEFAULT_ALIAS
from catalog.services.evaluation.evaluation_request import EvaluationRequest, pair_request
from catalog.services.registry.change_review import ChangeReview, review_change


@dataclass(frozen=True)
class NewestVersion:
    """`review` is of promoting it; `measurable` is what measures both on the same rows, where nothing has yet."""

    version: ModelVersion
    review: ChangeReview
    measurable: EvaluationRequest | None

    @property
    def is_in_production(self) -> bool:
        return self.review.previous is not None and self.review.previous.pk == self.version.pk

    @property
    def difference(self) -> Difference | None:
        """In the model's main metric; None where both were not measured side by side."""
        comparison, metric = self.review.comparison, self.version.registered_model.primary_metric
        return comparison.differences.get(metric) if comparison else None

    @property
    def answer(self) -> str:
        """Whether it is better, where that was measured."""
        if self.difference is None:
            return ""
        answers = {Verdict.BETTER: "Yes", Verdict.WORSE: "No, it is worse", Verdict.SAME: "No, the same"}
        return answers.get(self.difference.verdict, f"Not that one could tell, {self.difference.sentence}")

    @property
    def compare_url(self) -> str:
        keys = [version.pk for version in (self.review.previous, self.version) if version]
        return f"{reverse('admin:catalog_modelversion_compare')}?{urlencode({'v': keys}, doseq=True)}"


def newest_version(model: RegisteredModel, production: Alias | None) -> NewestVersion | None:
    """Of those that may be promoted; None where there is none. The version in production becomes whole on the way.

    Two queries at most.
    """
    ready = ModelVersion.objects.ready().filter(registered_model=model).order_by("-number")
    held = production.model_version_id if production else None
    light = ModelVersion.objects.select_related("dataset_version__dataset").defer(
        "all_params", "code", *(f"dataset_version__{name}" for name in LARGE_DATASET_FIELDS)
    )
    whole = list(light.filter(Q(pk=held) | Q(pk=Subquery(ready.values("pk")[:1]))).order_by("number"))
    for version in whole:
        version.registered_model = model
    if production:
        production.model_version = next(version for version in whole if version.pk == held)
    promotable = [version for version in whole if version.state == ModelVersion.State.READY]
    if not promotable:
        return None
    newest, previous = promotable[-1], production.model_version if production else None
    review = review_change(version=newest, previous=previous, alias=DEFAULT_ALIAS)
    return NewestVersion(newest, review, pair_request(newest, previous) if previous else None)
