"""What the page of a model, a dataset or a version tells, in the browser and at the terminal alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from catalog.models import Alias, AuditEvent, Dataset, DatasetVersion, Evaluation, ModelVersion, RegisteredModel
from catalog.models.model_version import LARGE_DATASET_FIELDS, LARGE_FIELDS
from catalog.services.persistence.audit import identity
from catalog.services.persistence.manifests import manifest_values
from catalog.services.registry.comparability import Comparison, compare_versions
from catalog.services.registry.references import DEFAULT_ALIAS
from catalog.services.registry.subjects import CatalogSubject
from catalog.storage.interface import catalog_storage

EVENTS_SHOWN = 30
NOT_TOLD = {"format", "kind", "upload_token"}


@dataclass(frozen=True)
class MetricRow:
    """A metric of a version beside production's and the baseline's."""

    name: str
    value: float | None
    higher_is_better: bool
    baseline: float | None
    mean: float | None  # over the folds
    standard_deviation: float | None
    production: float | None
    verdict: str  # against production, or why there is none
    difference: str  # from production's, with its interval; empty when both were not measured side by side

    @classmethod
    def of(
        cls, name: str, metric: Mapping[str, Any], production: float | None, comparison: Comparison | None
    ) -> "MetricRow":
        difference = comparison.differences.get(name) if comparison else None
        return cls(
            name=name,
            value=metric.get("value"),
            higher_is_better=metric["higher_is_better"],
            baseline=metric.get("baseline"),
            mean=metric.get("mean"),
            standard_deviation=metric.get("standard_deviation"),
            production=production,
            verdict=comparison.verdict(name) if comparison and production is not None else "",
            difference=difference.text if difference else "",
        )


def production_alias(version: ModelVersion) -> Alias | None:
    """The alias of the version's model, with the version that it points to."""
    alias = (
        Alias.objects.filter(registered_model=version.registered_model, name=DEFAULT_ALIAS)
        .select_related("model_version")
        .defer(*(f"model_version__{name}" for name in LARGE_FIELDS))
        .first()
    )
    if alias:
        alias.model_version.registered_model = version.registered_model
    return alias


def metric_rows(
    version: ModelVersion, production: ModelVersion | None, comparison: Comparison | None = None
) -> list[MetricRow]:
    """Each metric with production's and the baseline's, and whether it is better than production's beyond chance.

    `comparison` is of the two, when the caller has it already.
    """
    others = production.metrics if production else {}
    if comparison is None and production and production.pk != version.pk:
        comparison = compare_versions(version, production)
    return [
        MetricRow.of(name, metric, others.get(name, {}).get("value"), comparison)
        for name, metric in version.metrics.items()
    ]


def history(subject: CatalogSubject) -> "QuerySet[AuditEvent]":
    """The newest events of the subject itself; of a model with those of its versions, as of a dataset."""
    kind, name, number = identity(subject)
    events = AuditEvent.objects.filter(object_type=kind, object_name=name)
    return (events if number is None else events.filter(version_number=number))[:EVENTS_SHOWN]


def newest_versions(subject: RegisteredModel | Dataset, *, most: int) -> list[Any]:
    """Those that are not in the trash, the newest first."""
    if isinstance(subject, RegisteredModel):
        models = ModelVersion.objects.not_trashed().for_listing()
        return list(models.filter(registered_model=subject).order_by("-number")[:most])
    datasets = DatasetVersion.objects.not_trashed().select_related("dataset")
    return list(datasets.filter(dataset=subject).defer("profile", "first_rows").order_by("-number")[:most])


def newest_evaluations(version: ModelVersion, *, most: int) -> list[Evaluation]:
    """What was measured of the version here, the newest first, without what charts are drawn from. One query."""
    rows = version.evaluations.select_related("dataset_version__dataset")
    return list(rows.defer("report", *(f"dataset_version__{name}" for name in LARGE_DATASET_FIELDS))[:most])


def recorded_values(subject: CatalogSubject) -> dict[str, Any]:
    """Every field of the subject, as its manifest names them; of a version also where its file lies, and its state."""
    values = {name: value for name, value in manifest_values(subject).items() if name not in NOT_TOLD}
    if isinstance(subject, DatasetVersion | ModelVersion):
        values |= {"state": subject.state, "uri": catalog_storage().uri(subject.stored_key)}
    if isinstance(subject, ModelVersion):
        values["aliases"] = subject.alias_names
    if isinstance(subject, RegisteredModel):
        aliases = Alias.objects.filter(registered_model=subject)
        values["aliases"] = dict(aliases.values_list("name", "model_version__number"))
    return values


def kind_of_subject(subject: Model) -> str:
    """In words, as `model version`."""
    return "model" if isinstance(subject, RegisteredModel) else str(subject._meta.verbose_name)
