"""rebuild_catalog: from the manifests of a bucket to the rows of a database."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, reset_queries, transaction
from django.db.models import Model

from catalog.models import Alias, AuditEvent, DatasetVersion, ModelVersion, Prediction, RegisteredModel
from catalog.progress import Progress
from catalog.services.integrity.findings import Finding
from catalog.services.integrity.object_reading import Reader
from catalog.services.integrity.rebuild.admission import PARENT_OF
from catalog.services.integrity.rebuild.gathering import Gathered, gather
from catalog.services.integrity.rebuild.parsing import field_values
from catalog.services.integrity.rebuild.rebuild_plan import PARENTS, VERSIONS, Plan, make_plan
from catalog.services.integrity.row_batches import BATCH
from catalog.services.uploads.inspection import PICKLES

Keys = dict[str, Any]


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
    with Gathered() as gathered:
        with Reader(progress) as reader:
            count = gather(gathered, reader, progress)
        with progress.step("compare with the database"):
            plan = make_plan(gathered)
        if apply:
            with progress.step("restore", total=plan.missing.total(), unit="rows"), transaction.atomic():
                _restore(plan, progress)
        return Rebuilt(count, plan.present, plan.missing, plan.findings, plan.notes, _unvouched(gathered))


def _unvouched(gathered: Gathered) -> int:
    if settings.CATALOG_MANIFEST_KEY:
        return 0
    accepted = gathered.accepted("version model")
    return sum(values["status"] == "READY" and values["artifact_format"] in PICKLES for values in accepted)


def _restore(plan: Plan, progress: Progress) -> None:
    """In the order in which rows refer to one another."""
    add = _Adding(plan, progress)
    numbers = plan.gathered.highest_numbers()
    for kind, model in PARENTS.items():
        add.rows(f"parent {kind}", model, lambda values: {})
        _raise_numbers(model, {name: number for (of_kind, name), number in numbers.items() if of_kind == kind})
    datasets = _keys(PARENTS["dataset"], "name")
    add.rows("version dataset", DatasetVersion, lambda values: {"dataset_id": datasets[values["dataset"]["name"]]})
    models, versions = _keys(RegisteredModel, "name"), _version_keys("dataset")
    add.rows(
        "version model",
        ModelVersion,
        lambda values: {
            "registered_model_id": models[values["registered_model"]["name"]],
            "dataset_version_id": versions.get(values["dataset_version"]),
        },
    )
    trained = _version_keys("model")
    add.rows(
        "receipt",
        Prediction,
        lambda values: {
            "model_version_id": trained[values["model_version"]],
            "input_dataset_version_id": versions.get(values["input_dataset_version"]),
        },
    )
    add.rows("event", AuditEvent, lambda values: {})
    _restore_aliases(plan, models, trained)
    _continue_numbering_of_events()


@dataclass(frozen=True)
class _Adding:
    plan: Plan
    progress: Progress

    def rows(self, kind: str, model: type[Model], relations: Callable[[dict[str, Any]], Keys]) -> None:
        """Insert all accepted rows of the kind; `relations` gives a row's foreign keys from its manifest."""
        accepted = self.plan.gathered.accepted(kind)
        while batch := list(islice(accepted, BATCH)):
            rows = [model(**field_values(model, values), **relations(values)) for values in batch]
            model._default_manager.bulk_create(rows)
            if settings.DEBUG:
                reset_queries()  # Django keeps them for debugging, with all that was inserted
            self.progress.advance(len(rows))


def _keys(model: type[Model], column: str) -> Keys:
    return dict(model._default_manager.values_list(column, "pk"))


def _version_keys(kind: str) -> Keys:
    rows: Iterable[tuple[str, int, int]] = VERSIONS[kind]._default_manager.values_list(
        f"{PARENT_OF[kind]}__name", "number", "pk"
    )
    return {f"{name}:{number}": pk for name, number, pk in rows}


def _raise_numbers(model: type[Model], highest: dict[str, int]) -> None:
    """The next number comes after every number that was ever used."""
    rows: Any = model._default_manager.only("name", "next_number")
    for parent in rows:
        if highest.get(parent.name, 0) >= parent.next_number:
            parent.next_number = highest[parent.name] + 1
            parent.save(update_fields=["next_number"])


def _restore_aliases(plan: Plan, models: Keys, versions: Keys) -> None:
    Alias.objects.bulk_create(
        Alias(
            registered_model_id=models[alias["model"]],
            name=alias["name"],
            model_version_id=versions[alias["reference"]],
            set_at=Alias._meta.get_field("set_at").to_python(alias["set_at"]),
        )
        for alias in plan.aliases
    )


def _continue_numbering_of_events() -> None:
    """Events keep their ids: where the database counts apart from the rows, the next event's comes after them."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [AuditEvent]):
            cursor.execute(statement)
