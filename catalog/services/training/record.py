"""What a version records of how it was made and how good it is."""

from dataclasses import dataclass
from typing import Any

from catalog.conf import catalog_settings
from catalog.ml.artifacts import environment
from catalog.ml.artifacts.artifact_modules import find_modules
from catalog.ml.evaluation.replay import check_reproduced
from catalog.ml.tables.read_options import ReadOptions
from catalog.ml.training.examples import make_signature
from catalog.ml.training.learned import Learned
from catalog.models import DatasetVersion
from catalog.services.training.evaluate import TrainingEvaluation
from catalog.services.training.plan import TrainingPlan


@dataclass(frozen=True)
class VersionRecord:
    """The fields of a ModelVersion by their names, but for those of its artifact and of its number. What is a
    dictionary is JSON."""

    dataset_version: DatasetVersion
    target: str
    signature: dict[str, Any]
    estimator: str
    params: dict[str, Any]
    metrics: dict[str, dict[str, Any]]
    primary_value: float | None
    report: dict[str, Any]
    environment: dict[str, Any]
    random_state: int
    code_revision: str
    notes: str


@dataclass(frozen=True)
class ArtifactRecord:
    """The fields of a ModelVersion that tell of its file. `approved_types` are those beyond skops' own that loading it
    takes: whoever trained it here has approved them."""

    sha256: str
    size_bytes: int
    artifact_format: str
    approved_sha256: str
    approved_types: list[str]


def make_record(plan: TrainingPlan, learned: Learned, evaluation: TrainingEvaluation) -> VersionRecord:
    request = plan.request
    signature = make_signature(
        learned.features,
        target=request.target,
        target_type=plan.target_type,
        task=plan.task,
        classes=learned.held_out.classes,
        missing=ReadOptions.from_json(plan.dataset_version.read_options).missing,
    )
    check_reproduced(learned.estimator, signature, evaluation.report["sample"])
    return VersionRecord(
        dataset_version=plan.dataset_version,
        target=request.target,
        signature=signature.as_json(),
        estimator=request.estimator_name,
        params=dict(request.params),
        metrics=evaluation.metrics,
        primary_value=evaluation.primary_value,
        report=evaluation.report,
        environment=environment.environment(find_modules(learned.estimator)),
        random_state=request.random_state,
        code_revision=environment.code_revision(catalog_settings().code_dir),
        notes=request.notes,
    )
