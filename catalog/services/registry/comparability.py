"""Whether the metrics of two versions may be compared at all: they must have been measured on the same rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

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
    """What was measured of the two side by side, the newest first; else whether their own metrics are of one set of
    rows. Three queries at most."""
    for one, two in ((version, other), (other, version)):
        evaluation = Evaluation.objects.filter(model_version=one, against_sha256=two.sha256).first()
        if evaluation:
            found = [Difference.from_json(values) for values in evaluation.differences]
            found = found if one is version else [difference.reversed for difference in found]
            differences = {difference.metric: difference for difference in found}
            return Comparison(version, other, Basis.COMPARED, differences, evaluation)
    return Comparison(version, other, Basis.SAME_ROWS if _on_same_rows(version, other) else Basis.OTHER_ROWS)


def _on_same_rows(version: ModelVersion, other: ModelVersion) -> bool:
    """Whether both held out the same rows of one dataset version when they were trained."""
    ours, theirs = _rows(version), _rows(other)
    return ours is not None and ours == theirs


def _rows(version: ModelVersion) -> tuple[Any, ...] | None:
    """What names the held-out rows; None when that is not known, as of an uploaded version."""
    if version.origin != ModelVersion.Origin.TRAINED or version.dataset_version_id is None:
        return None
    [(split, rows, inputs)] = ModelVersion.objects.filter(pk=version.pk).values_list(
        "report__split", "report__rows", "signature__inputs"
    )
    if rows is None:
        return None
    is_by_hash = bool(split) and split["kind"] == "hash"
    names = tuple(sorted(column["name"] for column in inputs)) if is_by_hash else ()
    rule = (split["kind"], split["column"]) if split else ("random", "")
    return (version.dataset_version_id, version.target, rule, version.random_state, rows["test"], rows["train"], names)
