"""What every training records of how a version was made."""

from typing import TYPE_CHECKING, Any

from django.conf import settings

from catalog.services.training.plan import TrainingPlan

if TYPE_CHECKING:
    from catalog.ml.features import Feature, Signature
    from catalog.ml.tables.schema import ColumnType


def features_of(plan: TrainingPlan) -> "list[Feature]":
    from catalog.ml.features import Feature
    from catalog.ml.tables.schema import ColumnType

    return [Feature(column["name"], ColumnType(column["type"])) for column in plan.features]


def target_type(plan: TrainingPlan) -> "ColumnType":
    from catalog.ml.tables.schema import ColumnType

    return ColumnType(plan.target["type"])


def recorded(plan: TrainingPlan, signature: "Signature") -> dict[str, Any]:
    """The fields of a version that do not come from its evaluation."""
    from catalog.ml.artifacts import environment

    request = plan.request
    return {
        "dataset_version": plan.dataset_version,
        "target": request.target,
        "signature": signature.as_json(),
        "estimator": request.pipeline or request.estimator,
        "params": dict(request.params),
        "environment": environment.environment(),
        "random_state": request.random_state,
        "code_revision": environment.code_revision(settings.BASE_DIR),
        "notes": request.notes,
    }


def left_out(plan: TrainingPlan, learnable: "list[Feature]") -> dict[str, str]:
    """Why columns are no features, or are ones that nothing could be learned from."""
    unlearnable = {feature.name for feature in features_of(plan)} - {feature.name for feature in learnable}
    return plan.left_out | dict.fromkeys(sorted(unlearnable), "it has too few values to learn from")
