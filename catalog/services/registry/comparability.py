"""Whether the metrics of two versions may be compared at all: they must have been measured on the same rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db.models import Q

from catalog.exceptions import InvalidRequest, NotReady
from catalog.ml.evaluation.difference import Difference, Verdict
from catalog.models import Evaluation, ModelVersion
from catalog.models.model_version import LARGE_DATASET_FIELDS
from catalog.reference_syntax import DEFAULT_ALIAS
from catalog.services.evaluation.evaluation_request import EvaluationRequest, pair_request

HELD_OUT_FIELDS = {"report", "signature"}


class Basis(StrEnum):
    """How two versions were measured: side by side, on rows that are the same by their rules, on the same that weigh
    otherwise, or on others."""

    COMPARED = "compared"
    SAME_ROWS = "same rows, chance not measured"
    OTHER_WEIGHTS = "measured otherwise"
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
    def notice(self) -> str:
        """Why nothing can be said, for people; empty where both were measured side by side."""
        if self.basis == Basis.COMPARED:
            return ""
        if self.version.has_stated_metrics or self.other.has_stated_metrics:
            return "Measured on other rows: what an uploader states can't be compared."
        if self.basis == Basis.OTHER_ROWS:
            return "Measured on other rows: the numbers can't be compared."
        if self.basis == Basis.OTHER_WEIGHTS:
            return "Measured on the same rows, which weigh otherwise: the numbers can't be compared."
        return "Measured on the same rows; whether they differ by more than chance was not measured."

    @property
    def measurable(self) -> EvaluationRequest | None:
        """What measures both side by side; None where that is done, or can't be."""
        return None if self.basis == Basis.COMPARED else pair_request(self.version, self.other)

    @property
    def worse_metrics(self) -> list[str]:
        """Those that are worse beyond what chance does."""
        return [name for name, difference in self.differences.items() if difference.verdict == Verdict.WORSE]


def check_comparable(versions: Sequence[ModelVersion]) -> None:
    """Raises InvalidRequest for versions of several models, whose numbers are no answers to one question, and NotReady
    for one that is none yet or no longer."""
    for version in versions:
        if not version.is_comparable:
            raise NotReady(f"{version.reference} is {version.state}: such a version can't be compared with others.")
    models = sorted({version.registered_model.name for version in versions})
    if len(models) > 1:
        raise InvalidRequest(f"Versions of one model can be compared; these are of {' and '.join(models)}.")


def compare_versions(version: ModelVersion, other: ModelVersion) -> Comparison:
    """What was measured of the two side by side, the newest; else whether their own metrics are of one set of rows.

    Two queries at most.
    """
    (comparison,) = compare_with(other, [version])
    return comparison


def compare_with(other: ModelVersion, versions: Sequence[ModelVersion]) -> list[Comparison]:
    """Each of the versions against the same other one, in two queries at most."""
    evaluations = _newest_evaluations(other, versions)
    names = {} if len(evaluations) == len(versions) else _held_out_names([other, *versions])
    return [
        _measured(version, other, evaluations[version.pk])
        if version.pk in evaluations
        else Comparison(version, other, _basis(names, version, other))
        for version in versions
    ]


def _basis(names: Mapping[int, tuple[Any, ...]], version: ModelVersion, other: ModelVersion) -> Basis:
    """Of two that were not measured side by side."""
    if not _are_one(names, version, other):
        return Basis.OTHER_ROWS
    return Basis.SAME_ROWS if version.weighted_by == other.weighted_by else Basis.OTHER_WEIGHTS


def compare_with_first(versions: Sequence[ModelVersion]) -> list[Comparison]:
    """Each of the others against the one in production, if it is among them, or else the first."""
    other = next((version for version in versions if DEFAULT_ALIAS in version.alias_names), versions[0])
    return compare_with(other, [version for version in versions if version.pk != other.pk])


def are_on_same_rows(versions: Sequence[ModelVersion]) -> bool:
    """Whether they held out the same rows of one dataset version when they were trained, and weighed them alike. One
    query."""
    are_weighed_alike = len({version.weighted_by for version in versions}) == 1
    return are_weighed_alike and _are_one(_held_out_names(versions), *versions)


def _newest_evaluations(other: ModelVersion, versions: Sequence[ModelVersion]) -> dict[int, Evaluation]:
    """By the key of the version that was measured beside the other, whichever of the two was asked for, on rows that
    neither was trained on."""
    keys = {version.sha256: version.pk for version in versions}
    pairs = Q(model_version__in=list(keys.values()), against_sha256=other.sha256) | Q(
        model_version=other, against_sha256__in=list(keys)
    )
    newest: dict[int, Evaluation] = {}
    rows = Evaluation.objects.filter(pairs).select_related("dataset_version__dataset")
    for evaluation in rows.defer("report", *(f"dataset_version__{name}" for name in LARGE_DATASET_FIELDS)):
        if evaluation.has_training_rows:
            continue
        of_other = evaluation.model_version_id == other.pk
        newest.setdefault(keys[evaluation.against_sha256] if of_other else evaluation.model_version_id, evaluation)
    return newest


def _measured(version: ModelVersion, other: ModelVersion, evaluation: Evaluation) -> Comparison:
    found = [Difference.from_json(values) for values in evaluation.differences]
    evaluation.model_version = version if evaluation.model_version_id == version.pk else other
    found = found if evaluation.model_version == version else [difference.reversed for difference in found]
    differences = {difference.metric: difference for difference in found}
    return Comparison(version, other, Basis.COMPARED, differences, evaluation)


def _are_one(names: Mapping[int, tuple[Any, ...]], *versions: ModelVersion) -> bool:
    """Whether all are there with one name of their held-out rows."""
    found = [names.get(version.pk) for version in versions]
    return None not in found and all(name == found[0] for name in found)


def _held_out_names(versions: Sequence[ModelVersion]) -> dict[int, tuple[Any, ...]]:
    """What names the held-out rows of each version of which that is known, by its key; nothing is asked of versions
    that are loaded whole."""
    if not any(HELD_OUT_FIELDS & version.get_deferred_fields() for version in versions):
        values = {version.pk: _loaded_values(version) for version in versions if _is_of_known_rows(version)}
    else:
        values = _asked_values(versions)
    return {pk: name for pk, each in values.items() if (name := _held_out_rows(*each)) is not None}


def _is_of_known_rows(version: ModelVersion) -> bool:
    return version.origin == ModelVersion.Origin.TRAINED and version.dataset_version_id is not None


def _loaded_values(version: ModelVersion) -> tuple[Any, ...]:
    report, inputs = version.report, version.signature.get("inputs")
    data = (version.dataset_version_id, version.target, version.random_state)
    return (*data, report.get("split"), report.get("rows"), inputs)


def _asked_values(versions: Sequence[ModelVersion]) -> dict[int, tuple[Any, ...]]:
    """The same from the database, of these parts of the JSON alone."""
    trained = ModelVersion.objects.filter(
        pk__in=[version.pk for version in versions],
        origin=ModelVersion.Origin.TRAINED,
        dataset_version__isnull=False,
    ).order_by()
    fields = ("dataset_version_id", "target", "random_state", "report__split", "report__rows", "signature__inputs")
    return {pk: tuple(values) for pk, *values in trained.values_list("pk", *fields)}


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
