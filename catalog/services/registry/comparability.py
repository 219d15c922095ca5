"""Whether the metrics of two versions may be compared at all: they must have been measured on the same rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db.models import Q

from catalog.ml.evaluation.difference import Difference, Verdict
from catalog.models import Evaluation, ModelVersion


class Basis(StrEnum):
    """How two versions were measured: side by side, on rows that are the same by their rules, or on others."""

    COMPARED = "compared"
    SAME_ROWS = "same rows, chance not measured"
    OTHER_ROWS = "measured on other rows"


@dataclass(frozen=True)
class Comparison:
    """`differences` are of `version` less `other`, by metric; there are none unless both were measured side by side."""

    version: ModelVersion
    other: ModelVersion
    basis: Basis
    differences: Mapping[str, Difference] = field(default_factory=dict)
    evaluation: Evaluation | None = None

    def verdict(self, metric: str) -> str:
        """`better`, `worse`, `within chance` or `same`; else why nothing can be said."""
        if metric in self.differences:
            return str(self.differences[metric].verdict)
        return str(self.basis) if self.basis != Basis.COMPARED else ""

    @property
    def worse_metrics(self) -> list[str]:
        """Those that are worse beyond what chance does."""
        return [name for name, difference in self.differences.items() if difference.verdict == Verdict.WORSE]


def compare_versions(version: ModelVersion, other: ModelVersion) -> Comparison:
    """What was measured of the two side by side, the newest; else whether their own metrics are of one set of rows.

    Two queries at most.
    """
    pairs = Q(model_version=version, against_sha256=other.sha256) | Q(
        model_version=other, against_sha256=version.sha256
    )
    evaluation = Evaluation.objects.filter(pairs).first()
    if evaluation is None:
        return Comparison(version, other, Basis.SAME_ROWS if _on_same_rows(version, other) else Basis.OTHER_ROWS)
    found = [Difference.from_json(values) for values in evaluation.differences]
    found = found if evaluation.model_version_id == version.pk else [difference.reversed for difference in found]
    return Comparison(
        version, other, Basis.COMPARED, {difference.metric: difference for difference in found}, evaluation
    )


def _on_same_rows(*versions: ModelVersion) -> bool:
    """Whether they held out the same rows of one dataset version when they were trained."""
    if any(version.origin != ModelVersion.Origin.TRAINED or not version.dataset_version_id for version in versions):
        return False
    recorded = ModelVersion.objects.filter(pk__in=[version.pk for version in versions]).order_by()
    fields = ("dataset_version_id", "target", "random_state", "report__split", "report__rows", "signature__inputs")
    names = [_held_out_rows(*values) for values in recorded.values_list(*fields)]
    return None not in names and all(name == names[0] for name in names)


def _held_out_rows(
    dataset_version: int, target: str, random_state: int | None, split: Any, rows: Any, inputs: Any
) -> tuple[Any, ...] | None:
    """What names the held-out rows; None when that is not known."""
    if rows is None:
        return None
    is_by_hash = bool(split) and split["kind"] == "hash"
    names = tuple(sorted(column["name"] for column in inputs)) if is_by_hash else ()
    rule = (split["kind"], split["column"]) if split else ("random", "")
    return (dataset_version, target, rule, random_state, rows["test"], rows["train"], names)
