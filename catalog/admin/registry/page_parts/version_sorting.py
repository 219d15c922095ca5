"""The table of a model's versions: which are shown, sorted by a column that the address names."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Window

from catalog.ml.evaluation.metric_names import higher_is_better
from catalog.models import ModelVersion, RegisteredModel

VERSIONS_SHOWN = 20
COLUMNS = {
    "version": "number",
    "metric": "primary_value",
    "estimator": "estimator",
    "dataset": "dataset_version_id",
    "by": "created_by",
    "created": "created_at",
}
NEWEST = "-version"


@dataclass(frozen=True)
class SortedColumn:
    """A column's heading: the address that sorts by it, and how it is sorted now, in the words of `aria-sort`."""

    label: str
    sort: str = ""
    direction: str = ""


@dataclass(frozen=True)
class VersionSorting:
    """By a column, from the smallest or, with a minus, from the largest."""

    model: RegisteredModel
    asked: str

    @property
    def sort(self) -> str:
        return self.asked if self.asked.removeprefix("-") in COLUMNS else NEWEST

    def rows(self) -> tuple[list[ModelVersion], int]:
        """The first of them, and how many there are, in two queries and that of their aliases: keys are sorted alone,
        without large JSON."""
        versions = ModelVersion.objects.not_trashed().filter(registered_model=self.model)
        column = F(COLUMNS[self.sort.removeprefix("-")])
        order = column.desc(nulls_last=True) if self.sort.startswith("-") else column.asc(nulls_last=True)
        # What an uploader states never ranks among what was measured: T is before U.
        apart = ["origin"] if self.sort.endswith("metric") else []
        counted = versions.annotate(total=Window(Count("pk"))).order_by(*apart, order, "-number")
        keys = dict(counted.values_list("pk", "total")[:VERSIONS_SHOWN])
        found = {version.pk: version for version in ModelVersion.objects.for_listing().filter(pk__in=keys)}
        return [found[key] for key in keys if key in found], max(keys.values(), default=0)

    def columns(self, metric_names: list[str]) -> list[SortedColumn]:
        """Metrics beside the version, where a telephone shows them without scrolling."""
        main = [self._column(metric_names[0], "metric")] if metric_names else []
        return [
            self._column("Version", "version"),
            *main,
            *(SortedColumn(name) for name in metric_names[1:]),
            SortedColumn("State"),
            self._column("Estimator", "estimator"),
            self._column("Dataset", "dataset"),
            self._column("By", "by"),
            self._column("Created", "created"),
        ]

    def _column(self, label: str, key: str) -> SortedColumn:
        """What is not sorted by yet is sorted from its better end."""
        if self.sort.removeprefix("-") != key:
            return SortedColumn(label, f"-{key}" if self._begins_high(key) else key)
        is_high = self.sort.startswith("-")
        return SortedColumn(label, key if is_high else f"-{key}", "descending" if is_high else "ascending")

    def _begins_high(self, key: str) -> Any:
        return higher_is_better(self.model.primary_metric) if key == "metric" else key in {"version", "created"}
