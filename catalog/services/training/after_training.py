"""What follows the training of a version when the request says so: a comparison, and an alias."""

from catalog.changes import under_way
from catalog.exceptions import CatalogError, InvalidRequest
from catalog.models import ModelVersion
from catalog.progress import Progress
from catalog.services.evaluation.evaluate_version import Evaluated, evaluate_version
from catalog.services.evaluation.evaluation_request import EvaluationRequest
from catalog.services.registry.aliases import AliasChange, promote
from catalog.services.registry.change_review import review_promotion
from catalog.services.training.request import TrainingRequest


def compare_trained(
    version: ModelVersion, request: TrainingRequest, *, actor: str, progress: Progress
) -> tuple[Evaluated | None, list[str]]:
    """The version beside the other one on its held-out rows, if the request names one; else, or where the two can't be
    compared, None. And what the user should hear: the version stands, whatever comes of it."""
    if not request.compare_with:
        return None, []
    asked = EvaluationRequest(version.reference, like=version.reference, against=request.compared_reference)
    try:
        evaluated = evaluate_version(request=asked, actor=actor, progress=progress)
    except CatalogError as error:
        return None, [f"{version.reference} was trained and is not compared: {error}"]
    return evaluated, evaluated.warnings


def promote_trained(version: ModelVersion, *, alias: str, actor: str, reason: str) -> tuple[AliasChange, list[str]]:
    """After the review of the change, and what that says of it.

    Raises InvalidRequest when it takes a reason and none is given: the version stands, and is not promoted.
    """
    review = review_promotion(version=version, alias=alias)
    if review.reasons and not reason.strip():
        raise InvalidRequest(
            f"{version.reference} was trained and is not promoted: {', and '.join(review.reasons)}; no `reason` was "
            f"given. Promote it with one: manage.py promote {version.reference} --alias {alias} --reason WHY"
        )
    with under_way(f"the alias {alias}"):
        return promote(reference=version.reference, alias=alias, actor=actor, reason=reason), review.warnings
