"""Whether one number of a metric is better than another."""

from collections.abc import Mapping
from typing import Any

from catalog.models import ModelVersion


def is_below(version: ModelVersion, other: ModelVersion) -> bool:
    """Whether the main metric, each measured on rows of its own, is worse than the other version's."""
    name = version.registered_model.primary_metric
    if name not in version.metrics:
        return False
    return compare_metric(version.metrics[name], other.metrics.get(name, {}).get("value")) == "worse"


def compare_metric(metric: Mapping[str, Any], other: float | None) -> str:
    """`better`, `worse` or `same` than `other`, by the metric's direction; empty when there is nothing to compare."""
    if other is None or metric.get("value") is None:
        return ""
    if metric["value"] == other:
        return "same"
    return "better" if (metric["value"] > other) == metric["higher_is_better"] else "worse"
