"""What an evaluation is asked to do. It imports no library that the web process could do without."""

from dataclasses import dataclass

from catalog.exceptions import InvalidRequest
from catalog.ml.training.estimator_names import TARGETLESS_TASKS
from catalog.models import ModelVersion
from catalog.services.registry.references import get_model_version


@dataclass(frozen=True)
class EvaluationRequest:
    """`reference` is measured on the held-out rows of the version `like`, or on all rows of `dataset`; beside `against`
    when that is given, and then compared with it. `by` is a column whose values are looked at one by one;
    `sample_weight` one by which rows weigh in the metrics, that of `like` unless another is named;
    `code_from_version` loads both with the copies of their own modules."""

    reference: str
    dataset: str = ""
    like: str = ""
    against: str = ""
    by: str = ""
    sample_weight: str = ""
    include_training_rows: bool = False
    code_from_version: bool = False

    @property
    def other(self) -> str:
        """The version that it is compared with; empty when it is measured alone."""
        return self.against or self.like


def check_request(request: EvaluationRequest) -> None:
    """Raises InvalidRequest for a contradiction within the request."""
    if bool(request.dataset) == bool(request.like):
        raise InvalidRequest(
            "`dataset` or `like`: name the rows, either a dataset version or a version's held-out rows."
        )
    if request.by and not request.other:
        raise InvalidRequest("`by` tells where a version gets worse than another: name that one with `against`.")


def find_versions(request: EvaluationRequest) -> tuple[ModelVersion, ModelVersion | None]:
    """The version, and the one that it is compared with: None on its own held-out rows. Raises InvalidRequest where
    the two predict different things, or nothing at all."""
    version = get_model_version(request.reference)
    other = get_model_version(request.other) if request.other else None
    if other is not None and other.pk == version.pk:
        if request.against:
            raise InvalidRequest(f"`against`: {version.reference} can't be compared with itself.")
        other = None
    if version.signature.get("task") in TARGETLESS_TASKS:
        raise InvalidRequest(
            f"{version.reference} predicts no column: no rows tell whether it is right. Its page has what it was "
            "measured by when it was trained."
        )
    if other is not None:
        _check_comparable(version, other)
    if request.sample_weight and version.signature.get("other_outputs"):
        raise InvalidRequest(f"`sample_weight` goes with one target, and {version.reference} predicts several columns.")
    return version, other


def _check_comparable(version: ModelVersion, other: ModelVersion) -> None:
    for each in (version, other):
        if each.signature.get("other_outputs"):
            raise InvalidRequest(
                f"{each.reference} predicts several columns, and is not compared with another version: measure each "
                "alone, on a `dataset` or `like` itself."
            )
    for name in ("task", "output"):
        ours, theirs = (each.signature.get(name) for each in (version, other))
        if name == "output":
            ours, theirs = (output["name"] if output else None for output in (ours, theirs))
        if ours != theirs:
            raise InvalidRequest(
                f"`against`: {version.reference} predicts {ours!r} and {other.reference} {theirs!r}: their metrics "
                "can't be compared."
            )


def pair_request(newer: ModelVersion, older: ModelVersion) -> EvaluationRequest | None:
    """What measures both on the held-out rows of one of them, the older where that is known; None where neither was
    trained here, or they are of two models."""
    trained = [version for version in (older, newer) if version.origin == ModelVersion.Origin.TRAINED]
    is_ready = all(version.state == ModelVersion.State.READY for version in (newer, older))
    is_one_target = not any(version.signature.get("other_outputs") for version in (newer, older))
    are_of_one = newer.registered_model_id == older.registered_model_id and newer.pk != older.pk
    if not (trained and is_ready and is_one_target and are_of_one):
        return None
    return EvaluationRequest(newer.reference, like=trained[0].reference, against=older.reference)
