"""rebuild_catalog: from the manifests of a bucket to the rows of a database."""

from collections import Counter
from dataclasses import dataclass
from functools import partial

from django.db import transaction

from catalog.changes import tell_kept
from catalog.conf import catalog_settings
from catalog.exceptions import counted
from catalog.ml.artifacts.artifact_formats import PICKLES
from catalog.models import ModelVersion
from catalog.progress import Progress
from catalog.services.integrity.findings import Finding
from catalog.services.integrity.object_reader import ObjectReader
from catalog.services.integrity.rebuild.alias_plan import plan_aliases
from catalog.services.integrity.rebuild.bucket_records import BucketRecords
from catalog.services.integrity.rebuild.parent_plan import plan_parents
from catalog.services.integrity.rebuild.read_bucket import read_bucket
from catalog.services.integrity.rebuild.rebuild_plan import (
    RebuildPlan,
    look_for_lost_manifests,
    plan_events,
    plan_receipts,
)
from catalog.services.integrity.rebuild.record_kinds import FIELDS, PARENTS, VERSIONS, RecordKind
from catalog.services.integrity.rebuild.restore_rows import restore_rows
from catalog.services.integrity.rebuild.version_plan import plan_versions
from catalog.services.integrity.row_batches import batched


@dataclass(frozen=True)
class Rebuilt:
    """`missing` counts what the database lacked, by words for people; it was added when the rebuild was applied.

    `unvouched` of that are model versions whose loading runs code, and nothing but the bucket vouches for them.
    """

    objects: int
    present: Counter[str]
    missing: Counter[str]
    findings: list[Finding]
    notes: list[str]
    unvouched: int


def rebuild_catalog(*, apply: bool, progress: Progress | None = None) -> Rebuilt:
    """What the database lacks of what the bucket tells of; with `apply`, added in one transaction.

    No row is changed, but for the next number of a dataset or model. Raises AccessDenied where the keys may not list.
    """
    progress = progress or Progress()
    with BucketRecords() as records:
        with ObjectReader(progress) as reader:
            count = read_bucket(records, reader, progress)
        with progress.step("compare with the database"):
            plan = make_plan(records)
        if apply:
            with progress.step("restore", total=plan.missing.total(), unit="rows"), transaction.atomic():
                tell_kept(partial(_restored, plan, _count_rows()))
                restore_rows(plan, progress)
        return Rebuilt(count, plan.present, plan.missing, plan.findings, plan.notes, _count_unvouched(records))


def _count_rows() -> int:
    return sum(fields.row._default_manager.count() for fields in FIELDS.values())


def _restored(plan: RebuildPlan, before: int) -> list[str]:
    """All of it or nothing: the transaction is one."""
    added = plan.missing.total()
    return [f"{counted(added, 'record')} {'was' if added == 1 else 'were'} added"] if _count_rows() > before else []


def make_plan(records: BucketRecords) -> RebuildPlan:
    """In the order in which rows refer to one another. Changes nothing."""
    plan = RebuildPlan(records, findings=list(records.findings))
    for kind in PARENTS:
        plan_parents(plan, kind)
    for kind in VERSIONS:
        for batch in batched(records.records(kind)):
            plan_versions(plan, kind, batch)
    for kind in (RecordKind.RECEIPT, RecordKind.EVALUATION):
        for batch in batched(records.records(kind)):
            plan_receipts(plan, kind, batch)
    plan_events(plan)
    plan_aliases(plan)
    look_for_lost_manifests(plan)
    return plan


def _count_unvouched(records: BucketRecords) -> int:
    if catalog_settings().manifest_key:
        return 0
    ready = ModelVersion.Status.READY
    accepted = records.accepted(RecordKind.MODEL_VERSION)
    return sum(values["status"] == ready and values["artifact_format"] in PICKLES for values in accepted)
