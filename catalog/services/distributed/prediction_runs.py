"""Prediction in parts on a cluster: a run that can be stopped at any moment and goes on where it was."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import transaction

from catalog.changes import tell_kept, tell_left
from catalog.exceptions import CatalogError, EngineError, ObjectExists, ObjectMissing, counted
from catalog.models import Prediction, PredictionPart
from catalog.progress import Progress
from catalog.services.distributed.cluster import connect
from catalog.services.distributed.finish_run import finish_run, reading_notes
from catalog.services.distributed.part_messages import Part, PartTask
from catalog.services.distributed.part_planning import PART_BYTES, check_in_parts, check_probabilities, plan_input
from catalog.services.distributed.part_runner import PartRunner
from catalog.services.distributed.part_scoring import output_storage
from catalog.services.distributed.run_leases import HeldRun, take_lease
from catalog.services.distributed.run_pace import RunPace
from catalog.services.distributed.run_receipts import BEGIN_ANEW, begin_run, find_unfinished, make_task
from catalog.services.prediction.loading import check_loadable
from catalog.services.prediction.predict import Predicted
from catalog.services.prediction.prediction_request import PredictionRequest
from catalog.services.registry.references import get_model_version

if TYPE_CHECKING:
    from distributed import Client

STAT_THREADS = 8
FAILURES_SHOWN = 3
HOPELESS_FAILURES = 20


def predict_in_parts(
    *, request: PredictionRequest, actor: str, part_bytes: int = PART_BYTES, progress: Progress | None = None
) -> Predicted:
    """Predict all parts of the input on the cluster that DASK_SCHEDULER names. Raises CatalogError.

    When it stops before all parts are done, its receipt is STOPPED and resume_in_parts() goes on with it.
    """
    progress = progress or Progress()
    check_in_parts(request)
    version = get_model_version(request.reference)
    check_loadable(version)
    check_probabilities(request, version)
    with progress.step("list the input"):
        planned = plan_input(request, part_bytes)
    with connect() as client:
        return _carry_on(begin_run(request, version, planned, actor), client, progress)


def resume_in_parts(*, receipt: str, actor: str, progress: Progress | None = None) -> Predicted:
    """Go on with a run that was stopped or killed. Raises NotFound, and what predict_in_parts() raises.

    NotReady names who works on it, when somebody does.
    """
    progress = progress or Progress()
    unfinished = find_unfinished(receipt)
    check_loadable(unfinished.model_version)
    with connect() as client:
        return _carry_on(take_lease(unfinished, actor, progress), client, progress)


def _carry_on(held: HeldRun, client: "Client", progress: Progress) -> Predicted:
    receipt = held.receipt
    with _stop_on_error(held):
        task = make_task(receipt)
        _forget_lost_parts(held, task)
        pace = RunPace(receipt, progress)
        runner = PartRunner(client, task, on_poll=held.renew)
        with pace.step():
            failures = _run_parts(receipt, runner, pace)
        if failures:
            raise EngineError(_failures_text(receipt, failures))
        notes = reading_notes(receipt)
        with progress.step("publish"):
            finish_run(held, task, pace.seconds)
    left_out = [f"Left out: {problem}" for problem in runner.workers.left_out.values()]
    return Predicted(receipt, receipt.model_version, left_out, notes)


def _run_parts(receipt: Prediction, runner: PartRunner, pace: RunPace) -> dict[int, str]:
    """By part, why it could not be predicted."""
    parts = [Part.from_json(row.source) for row in receipt.running_parts.open()]
    failures: dict[int, str] = {}
    for outcome in runner.outcomes(parts):
        part, failure = outcome.part, outcome.result.failure
        row = receipt.running_parts.filter(number=part.number)
        if failure:
            is_named = part.uri in failure and not part.row_groups
            failures[part.number] = failure if is_named else f"{part}: {failure}"
            row.update(failure=failures[part.number], is_hopeless=outcome.result.is_hopeless)
        else:
            row.update(result=outcome.result.as_json(), failure="")
            pace.add(outcome.result.rows)
        if len(failures) >= HOPELESS_FAILURES and not receipt.running_parts.done().exists():
            break  # it is not the parts
    return failures


def _forget_lost_parts(held: HeldRun, task: PartTask) -> None:
    """Parts that were done and whose object is no longer there as it was are to be predicted again."""
    receipt, storage = held.receipt, output_storage(task)

    def is_lost(row: PredictionPart) -> bool:
        try:
            stored = storage.stat(task.key(row.number))
        except ObjectMissing:
            return True
        return stored.upload_token != task.upload_token or stored.size_bytes != (row.result or {})["bytes"]

    done = list(receipt.running_parts.done())
    with ThreadPoolExecutor(STAT_THREADS) as threads:
        lost = []
        for row, gone in zip(done, threads.map(is_lost, done), strict=True):
            held.renew()
            lost += [row.number] if gone else []
    if lost:
        with transaction.atomic():
            held.require()
            receipt.running_parts.filter(number__in=lost).update(result=None)
        receipt.parts = []


@contextmanager
def _stop_on_error(held: HeldRun) -> Iterator[None]:
    """Whatever ends the run makes it STOPPED, if it is still ours, and the error says how to go on where that helps."""
    receipt = held.receipt
    try:
        yield
    except BaseException as error:
        reason = "Interrupted" if isinstance(error, KeyboardInterrupt) else str(error) or type(error).__name__
        with transaction.atomic():
            is_ours = held.release(Prediction.Status.STOPPED, reason)
        if not (is_ours and isinstance(error, CatalogError | OSError | KeyboardInterrupt)):
            raise
        count = receipt.running_parts.done().count()
        done = f"{count:,} of {counted(receipt.part_count, 'part')} {'is' if receipt.part_count == 1 else 'are'} done"
        is_hopeless = isinstance(error, ObjectExists) or receipt.running_parts.hopeless().exists()
        advice = BEGIN_ANEW if is_hopeless else f"To go on: manage.py predict --resume {receipt.pk}"
        if isinstance(error, KeyboardInterrupt):
            tell_kept(lambda: [done])
            tell_left(lambda: [f"{counted(receipt.part_count - count, 'part')}"], advice=advice)
            raise
        raise EngineError(f"{reason.rstrip('.')}. {done}. {advice}") from error


def _failures_text(receipt: Prediction, failures: dict[int, str]) -> str:
    first = [failures[number].rstrip(".") for number in sorted(failures)[:FAILURES_SHOWN]]
    more = f"; and {len(failures) - FAILURES_SHOWN:,} more" if len(failures) > FAILURES_SHOWN else ""
    return (
        f"{len(failures):,} of {counted(receipt.part_count, 'part')} could not be predicted: {'; '.join(first)}{more}."
    )
