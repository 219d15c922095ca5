"""Training: from a dataset version to a READY model version."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog.models import ModelVersion
from catalog.progress import Progress
from catalog.services.evaluation.evaluate_version import Evaluated
from catalog.services.persistence.writes import Guard, unguarded
from catalog.services.registry.aliases import AliasChange
from catalog.services.training.after_training import compare_trained, promote_trained
from catalog.services.training.evaluate import evaluate
from catalog.services.training.plan import plan_training
from catalog.services.training.record import make_record
from catalog.services.training.request import TrainingRequest
from catalog.services.training.store import store_trained
from catalog.services.training.train_in_memory import learn_in_memory
from catalog.services.training.train_incrementally import learn_in_batches
from catalog.services.training.training_run import TrainingRun


@dataclass(frozen=True)
class Trained:
    """The version, the change of its alias and the comparison if they were asked for, and what the user should hear."""

    version: ModelVersion
    promoted: AliasChange | None
    seconds: Mapping[str, float]
    compared: Evaluated | None = None
    warnings: list[str] = field(default_factory=list)


def train_model(
    *, request: TrainingRequest, actor: str, progress: Progress | None = None, guard: Guard[ModelVersion] = unguarded
) -> Trained:
    """Train, evaluate and store a version; compare it, and promote it, when the request says so.

    Until the version is stored nothing is written: a refused request leaves neither a row nor an object.

    Parameters
    ----------
    request : TrainingRequest
        The dataset, the target, the estimator and how to train it.
    actor : str
        The name that version, events and alias are recorded under.
    progress : Progress, optional
        Told of each step and of the bytes or rows done in it; keeps the seconds of each.
    guard : callable, optional
        Called with the version in the transaction that makes it READY; may raise to refuse that.

    Returns
    -------
    Trained
        The READY version, the change of its alias or None, the seconds of each step, and warnings, once each.

    Raises
    ------
    InvalidRequest, NotFound
        For what contradicts itself, the catalog or the estimator; before data are read. And, with the version stored,
        when to promote it takes a reason and the request has none.
    InvalidData
        When the dataset has too few rows or classes, or can't be read as its schema says.
    TrainingFailed
        When the estimator refuses the rows, or can't be stored.
    StorageError
        When object storage can't be reached or refuses; the version is FAILED then.
    """
    run = TrainingRun(plan_training(request), progress or Progress())
    learned = learn_in_batches(run) if request.incremental else learn_in_memory(run)
    evaluation = evaluate(run, learned)
    record = make_record(run, learned, evaluation)
    version = store_trained(run.plan, learned.estimator, record, actor=actor, progress=run.progress, guard=guard)
    compared, warnings = compare_trained(version, request, actor=actor, progress=run.progress)
    promoted = None
    if request.alias:
        promoted, said = promote_trained(version, alias=request.alias, actor=actor, reason=request.reason)
        warnings = [*warnings, *said]
    return Trained(version, promoted, run.progress.seconds, compared, [*run.warnings, *warnings])
