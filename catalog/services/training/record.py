"""What a version records of how it was made and how good it is."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from catalog.conf import catalog_settings
from catalog.ml.artifacts import environment
from catalog.ml.artifacts.artifact_modules import find_modules
from catalog.ml.artifacts.own_code import record_code
from catalog.ml.artifacts.revisions import code_revision
from catalog.ml.evaluation.replay import check_reproduced
from catalog.ml.tables.read_options import ReadOptions
from catalog.ml.training.all_parameters import record_parameters
from catalog.ml.training.examples import make_output, make_signature
from catalog.ml.training.learned import Learned
from catalog.models import DatasetVersion
from catalog.services.training.evaluate import TrainingEvaluation
from catalog.services.training.training_run import TrainingRun

# What is predicted where no column is.
OUTPUTS = {"clustering": "cluster", "outliers": "outlier"}


@dataclass(frozen=True)
class VersionRecord:
    """The fields of a ModelVersion by their names, but for those of its artifact and of its number. What is a
    dictionary is JSON."""

    dataset_version: DatasetVersion
    target: str
    signature: dict[str, Any]
    estimator: str
    params: dict[str, Any]
    all_params: dict[str, dict[str, Any]]
    metrics: dict[str, dict[str, Any]]
    primary_value: float | None
    report: dict[str, Any]
    environment: dict[str, Any]
    random_state: int
    code_revision: str
    code: dict[str, Any]
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


def make_record(run: TrainingRun, learned: Learned, evaluation: TrainingEvaluation) -> VersionRecord:
    plan, request = run.plan, run.plan.request
    label_sets = learned.held_out.label_sets or (learned.held_out.classes,) * len(request.targets)
    others = [
        make_output(name, kind, classes)
        for (name, kind), classes in zip(plan.other_types.items(), label_sets[1:], strict=True)
    ]
    signature = make_signature(
        learned.features,
        target=request.target or OUTPUTS[plan.task],
        target_type=plan.target_type,
        task=plan.task,
        classes=label_sets[0] if label_sets else None,
        missing=ReadOptions.from_json(plan.dataset_version.read_options).missing,
        others=others,
    )
    modules = find_modules(learned.estimator)
    code = record_code(modules, request.pipeline.partition(":")[0], secret=settings.SETTINGS_MODULE)
    check_reproduced(learned.estimator, signature, evaluation.report["sample"])
    return VersionRecord(
        dataset_version=plan.dataset_version,
        target=request.target_text,
        signature=signature.as_json(),
        estimator=request.estimator_name,
        params=dict(request.params),
        all_params=record_parameters(learned.estimator),
        metrics=evaluation.metrics,
        primary_value=evaluation.primary_value,
        report={
            **evaluation.report,
            "request": request.choices,
            "seconds": {step: round(seconds, 3) for step, seconds in run.progress.seconds.items()},
        },
        environment=environment.environment(modules),
        random_state=request.random_state,
        code_revision=code["revision"] if code else code_revision(catalog_settings().code_dir),
        code=code,
        notes=request.notes,
    )
