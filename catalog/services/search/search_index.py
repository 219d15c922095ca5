"""The rows by which databases search metrics and tags, made of what versions, models and datasets say."""

import math
from collections import Counter
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


def index_again(row: Model) -> None:
    """All rows of the row, made anew, within the transaction that locked it."""
    index_tags_again(row)
    if isinstance(row, ModelVersion):
        IndexedMetric.objects.filter(model_version=row).delete()
        IndexedMetric.objects.bulk_create(_metrics([row]))


def wrongly_indexed(rows: Sequence[Model]) -> list[Model]:
    """Of rows of one model, those that a search finds by other tags or metrics than they have. Two queries at most."""
    if not rows or type(rows[0]) not in OWNERS:
        return []
    owner, keys = OWNERS[type(rows[0])], [row.pk for row in rows]
    tags = IndexedTag.objects.filter(**{f"{owner}__in": keys}).values_list(owner, "key", "value")
    wrong = _differing(tags, ((getattr(tag, f"{owner}_id"), tag.key, tag.value) for tag in _tags(rows)))
    if isinstance(rows[0], ModelVersion):
        metrics = IndexedMetric.objects.filter(model_version__in=keys).values_list("model_version", "name", "value")
        wrong |= _differing(metrics, ((row.model_version_id, row.name, row.value) for row in _metrics(rows)))
    return [row for row in rows if row.pk in wrong]


def _differing(present: Iterable[tuple[int, str, Any]], expected: Iterable[tuple[int, str, Any]]) -> set[int]:
    """The keys of those that have other rows, or other numbers of them."""
    counted = Counter(present)
    counted.subtract(expected)
    return {key for (key, _, _), count in counted.items() if count}


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
