"""The rows by which databases search metrics and tags, made of what versions, models and datasets say."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Model

from catalog.models import (
    Dataset,
    DatasetVersion,
    IndexedMetric,
    IndexedTag,
    ModelVersion,
    RegisteredModel,
)
from catalog.models.search.indexed_metric import LONGEST_NAME

OWNERS: Mapping[type[Model], str] = {
    ModelVersion: "model_version",
    RegisteredModel: "registered_model",
    Dataset: "dataset",
    DatasetVersion: "dataset_version",
}
BATCH = 1_000


def add_to_index(rows: Sequence[Model]) -> None:
    """Of rows of one model, just inserted, within the caller's transaction: their tags, and of versions the metrics."""
    if not rows or type(rows[0]) not in OWNERS:
        return
    IndexedTag.objects.bulk_create(_tags(rows), batch_size=BATCH)
    if isinstance(rows[0], ModelVersion):
        IndexedMetric.objects.bulk_create(_metrics(rows), batch_size=BATCH)


def index_tags_again(row: Model) -> None:
    """Within the transaction that changed the row's tags."""
    IndexedTag.objects.filter(**{OWNERS[type(row)]: row}).delete()
    IndexedTag.objects.bulk_create(_tags([row]))


def metric_values(metrics: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Those that can be searched: what a stranger's file says may be no number."""
    for name, metric in metrics.items():
        value = metric.get("value") if isinstance(metric, dict) else None
        if not isinstance(value, int | float) or isinstance(value, bool):
            continue
        if math.isfinite(value) and len(name) <= LONGEST_NAME:
            yield name, float(value)


def _metrics(versions: Iterable[Any]) -> Iterator[IndexedMetric]:
    for version in versions:
        for name, value in metric_values(version.metrics):
            yield IndexedMetric(model_version=version, name=name, value=value)


def _tags(rows: Iterable[Any]) -> Iterator[IndexedTag]:
    for row in rows:
        for key, value in row.tags.items():
            yield IndexedTag(**{OWNERS[type(row)]: row}, key=key, value=value)
