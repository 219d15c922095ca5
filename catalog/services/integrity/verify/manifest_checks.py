"""Whether the manifests in storage say what the rows say."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model

from catalog.exceptions import counted
from catalog.models import Dataset, DatasetVersion, ModelVersion, RegisteredModel, UnstoredManifest
from catalog.services.integrity.check_run import CheckRun
from catalog.services.integrity.findings import UNTOUCHED_FOR, FindingKind, Repair, RepairAction, RowKey
from catalog.services.integrity.object_reader import ReadManifest
from catalog.services.integrity.row_batches import (
    PARENT_FIELDS,
    FieldDifference,
    all_rows,
    as_json,
    describe,
    differences,
    manifest_key,
    recorded_changes,
    stored_name,
)
from catalog.services.persistence.audit import identity
from catalog.services.persistence.manifests import manifest_values

IDENTITY_FIELDS = ("kind", "id", "name", "number", *PARENT_FIELDS)
READ_AGAIN = 2
WITH_EVENTS = (Dataset, DatasetVersion, ModelVersion, RegisteredModel)  # of the others no event changes a field
SHOWN_FIELDS = 3


def check_manifests(run: CheckRun, rows: Sequence[Model]) -> None:
    """`rows` are of one model. Their manifests must be there, as they were written, and say what the rows say."""
    if not rows:
        return
    read = run.reader.manifests(manifest_key(row) for row in rows)
    run.verified.checked["manifests"] += len(read)
    for row in _without_manifest(run, [row for row in rows if read[manifest_key(row)].is_missing]):
        _add_missing(run, row)
    sound = []
    for row in rows:
        stored = read[manifest_key(row)]
        problem = stored.problem or (_not_of(row, stored.values) if stored.values else "")
        if problem:
            kind = FindingKind.MANIFEST_UNSIGNED if stored.is_unsigned else FindingKind.MANIFEST_ALTERED
            _add_altered(run, row, problem, kind)
        elif stored.values:
            sound.append(row)
    for row, unlike in _differing(sound, read).items():
        _add_differing(run, row, unlike)


def _without_manifest(run: CheckRun, rows: Sequence[Model]) -> list[Model]:
    """Those of the rows whose manifest is missing also when all is looked at again: other processes are at work."""
    if not rows:
        return []
    waiting = set(UnstoredManifest.objects.filter(key__in=[manifest_key(row) for row in rows]).values_list("key"))
    rows = [row for row in rows if (manifest_key(row),) not in waiting]
    read = run.reader.manifests(manifest_key(row) for row in rows)
    rows = [row for row in rows if read[manifest_key(row)].is_missing]
    present = {row.pk: row for row in _read_again(rows)}
    return [row for row in rows if row.pk in present and manifest_key(present[row.pk]) == manifest_key(row)]


def _read_again(rows: Sequence[Model]) -> list[Model]:
    return list(all_rows(type(rows[0])).filter(pk__in=[row.pk for row in rows])) if rows else []


def _not_of(row: Model, values: Mapping[str, Any]) -> str:
    """What is wrong when the manifest is another row's; empty when it is this row's."""
    expected = as_json(manifest_values(row))
    for name in IDENTITY_FIELDS:
        mine, theirs = expected.get(name), values.get(name)
        if name in PARENT_FIELDS and isinstance(mine, dict):
            mine, theirs = stored_name(mine), stored_name(theirs) if isinstance(theirs, dict) else theirs
        elif name == "name" and isinstance(row, RegisteredModel):
            mine, theirs = row.stored_name, stored_name(values)
        if mine != theirs:
            return f"it is the manifest of something else: its {name} is {_short(theirs)}, expected {mine!r}"
    return ""


def _differing(rows: Sequence[Model], read: Mapping[str, ReadManifest]) -> dict[Model, list[FieldDifference]]:
    """What differs, also after reading the rows again: an event may have been committed in between."""
    differing = _compare(rows, read)
    for _ in range(READ_AGAIN):
        if differing:
            differing = _compare(_read_again(list(differing)), read)
    return differing


def _compare(rows: Sequence[Model], read: Mapping[str, ReadManifest]) -> dict[Model, list[FieldDifference]]:
    subjects = [row for row in rows if isinstance(row, WITH_EVENTS)]
    changes = recorded_changes(subjects) if subjects else {}
    compared = {}
    for row in rows:
        events = changes.get(identity(row), []) if isinstance(row, WITH_EVENTS) else []
        values = read.get(manifest_key(row), ReadManifest(None)).values
        if values and (unlike := differences(row, values, events)):
            compared[row] = unlike
    return compared


def _add_missing(run: CheckRun, row: Model) -> None:
    key = manifest_key(row)
    run.add(
        FindingKind.MANIFEST_MISSING,
        describe(row),
        f"there is no {run.uri(key)}",
        "verify_catalog --repair --yes stores it again, from the row",
        Repair(RepairAction.STORE_MANIFEST, f"of {describe(row)}", key, RowKey.of(row)),
    )


def _add_altered(run: CheckRun, row: Model, problem: str, kind: FindingKind) -> None:
    """It can be replaced when the catalog wrote it, which its token shows, and nobody is writing there now."""
    key = manifest_key(row)
    stored = run.reader.stats([key])[key]
    repair, to_do = None, "It carries no token of the catalog: delete it by hand; --repair --yes then stores it again"
    if stored and stored.upload_token and stored.modified > run.now - UNTOUCHED_FOR:
        to_do = "verify_catalog --repair --yes replaces it as soon as it is a day old"
    elif stored and stored.upload_token:
        to_do = "verify_catalog --repair --yes replaces it, from the row"
        where = f"of {describe(row)}"
        repair = Repair(RepairAction.REPLACE_MANIFEST, where, key, RowKey.of(row), stored.upload_token)
    run.add(kind, describe(row), f"{run.uri(key)}: {problem}", to_do, repair)


def _add_differing(run: CheckRun, row: Model, unlike: Sequence[FieldDifference]) -> None:
    shown = [
        f"{field.field} is {_short(field.in_database)} in the database, {_short(field.recorded)} by {_source(row)}"
        for field in unlike[:SHOWN_FIELDS]
    ]
    more = len(unlike) - SHOWN_FIELDS
    run.add(
        FindingKind.MANIFEST_DIFFERS,
        describe(row),
        "; ".join(shown) + (f"; and {counted(more, 'more field')}" if more > 0 else ""),
        "The database was changed past the catalog, or is an older copy: docs/operations.md, Coming back",
    )


def _source(row: Model) -> str:
    return "its manifest and events" if isinstance(row, WITH_EVENTS) else "its manifest"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
