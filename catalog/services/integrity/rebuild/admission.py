"""Whether a manifest may be believed, as far as it itself can show.

Whoever can write to the bucket can write manifests there, with sound digests. So each is judged before anything is made
of it: it must be that of the place where it lies, name no object but the one beside it, and change nothing that events
do not change.
"""

import math
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from catalog.exceptions import InvalidData
from catalog.ml.artifacts.code_copies import check_record
from catalog.models import AuditEvent, DatasetVersion, ModelVersion
from catalog.models.names import check_name
from catalog.services.integrity.rebuild.field_parsing import field_values
from catalog.services.integrity.rebuild.part_records import check_part_records
from catalog.services.integrity.rebuild.record_kinds import FIELDS, kind_of
from catalog.services.integrity.row_batches import stored_name
from catalog.storage.keys import Place, dataset_file, model_artifact, parts_list, prediction_output

Verb = AuditEvent.Verb
# The fields of its object that an event of this kind may change.
CHANGEABLE: dict[str, frozenset[str]] = {
    Verb.DATASET_ADDED: frozenset({"status"}),
    Verb.MODEL_TRAINED: frozenset({"status"}),
    Verb.MODEL_UPLOADED: frozenset({"status"}),
    Verb.FAILED: frozenset({"status", "failure"}),
    Verb.APPROVED: frozenset(
        {"status", "approved_sha256", "approved_types", "signature", "inspection", "estimator", "environment"}
    ),
    Verb.REJECTED: frozenset({"status"}),
    Verb.ARCHIVED: frozenset({"archived_at"}),
    Verb.RESTORED: frozenset({"archived_at", "trashed_at"}),
    Verb.TRASHED: frozenset({"trashed_at"}),
    Verb.ANNOTATED: frozenset({"notes", "description", "intended_use", "limitations"}),
    Verb.TAGGED: frozenset({"tags"}),
    Verb.CHECK_MUTED: frozenset({"muted_checks"}),
    Verb.CHECK_UNMUTED: frozenset({"muted_checks"}),
    Verb.RENAMED: frozenset({"name", "stored_as", "former_names"}),
    Verb.COPIED: frozenset({"status"}),
    Verb.IMPORTED: frozenset({"status"}),
    Verb.ATTACHED: frozenset({"attachments"}),
}
# A manifest is stored of nothing that goes on.
FINAL = frozenset(ModelVersion.Status.values) - {ModelVersion.Status.PENDING}
LARGEST_NUMBER = 999_999_999  # as references can name it
SHA256 = re.compile(r"[0-9a-f]{64}")
ALIASED = re.compile(r"|[1-9]\d{0,8}", re.ASCII)
DEEPEST = 50


def check_admissible(place: Place, values: Mapping[str, Any]) -> None:
    """Raises CatalogError with the reason why the manifest is not taken."""
    check_storable(values)
    if place.owner != "prediction":
        check_name(place.name, "a dataset or model")
    if (place.number or 0) > LARGEST_NUMBER:
        raise InvalidData(f"its number is beyond {LARGEST_NUMBER:,}")
    try:
        _check_place(place, values)
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidData(f"it does not hold what such a manifest holds ({error})") from error
    if place.kind == "event":
        _check_event(values)
    elif "status" in values and values["status"] not in FINAL:
        raise InvalidData(f"it is of a write that goes on: {values['status']!r:.80}")
    if place.kind == "prediction":
        check_part_records(values)
    if place.kind == "model" and isinstance(values.get("code"), dict):
        check_record(values["code"])


def check_storable(value: Any, depth: int = 0) -> None:
    """Texts that every database takes, finite numbers, and not so deep that reading it fails."""
    if depth > DEEPEST:
        raise InvalidData("it is nested too deeply")
    if isinstance(value, dict):
        for name, member in value.items():
            check_storable(name, depth + 1)
            check_storable(member, depth + 1)
    elif isinstance(value, list):
        for member in value:
            check_storable(member, depth + 1)
    elif isinstance(value, str) and ("\0" in value or (not value.isascii() and _has_surrogates(value))):
        raise InvalidData("it holds a text that no database takes")
    elif isinstance(value, float) and not math.isfinite(value):
        raise InvalidData("it holds a number that is none")


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _check_place(place: Place, values: Mapping[str, Any]) -> None:
    identity = _identity(place, values)
    expected = {
        "event": ("auditevent", place.owner, place.name, place.event),
        "prediction": ("prediction", f"{place.name}:{place.number}", place.receipt),
        "evaluation": ("evaluation", f"{place.name}:{place.number}", place.receipt),
    }.get(place.kind, (_row_name(place), place.name, place.number))
    if identity != expected:
        raise InvalidData(f"it is the manifest of something else: {' '.join(map(str, identity)):.200}")
    key, permitted = _keys(place, values)
    if key != permitted:
        raise InvalidData(f"it belongs to {str(key)!r:.200}, which is not what lies beside it")


def _row_name(place: Place) -> str:
    """What manifests call the row's model."""
    return FIELDS[kind_of(place)].row._meta.model_name or ""


def _identity(place: Place, values: Mapping[str, Any]) -> tuple[Any, ...]:
    if place.kind == "event":
        return values["kind"], values["object_type"], values["object_name"], values["id"]
    if place.kind in {"prediction", "evaluation"}:
        return values["kind"], values["model_version"], str(UUID(values["id"]))
    if place.number is None:
        return values["kind"], stored_name(values), None
    return values["kind"], stored_name(values[FIELDS[kind_of(place)].parent_field]), values["number"]


def _keys(place: Place, values: Mapping[str, Any]) -> tuple[Any, Any]:
    """The key that the manifest names, and the one that it may name; of an event, its own file."""
    if place.kind == "event":
        return place.file, f"{values['verb']}.json"
    if place.kind == "prediction":
        return values["output"], _output_key(place, values)
    if place.number is None or place.kind == "evaluation":
        return "", ""
    if not SHA256.fullmatch(values["sha256"]):
        raise ValueError("sha256")
    if place.kind == "dataset":
        return values["file"], dataset_file(place.name, place.number, values["sha256"], values["file_format"])
    return values["artifact"], model_artifact(place.name, place.number, values["sha256"], values["artifact_format"])


def _output_key(place: Place, values: Mapping[str, Any]) -> str:
    """The key that a receipt names as its output, if it may have that; else one that it may have."""
    of = (place.name, place.number or 0, place.receipt)
    keys = ["", parts_list(*of), *(prediction_output(*of, file_format) for file_format in DatasetVersion.Format.values)]
    return values["output"] if values["output"] in keys else keys[1]


def _check_event(values: Mapping[str, Any]) -> None:
    """An event whose members its row takes, and which changes what events of its kind change."""
    field_values(AuditEvent, values)
    if (values["version_number"] or 0) > LARGEST_NUMBER:
        raise InvalidData(f"its number is beyond {LARGEST_NUMBER:,}")
    if values["alias"]:
        check_name(values["alias"], "an alias")
        if not ALIASED.fullmatch(values["to_value"]):
            raise InvalidData(f"it points an alias to {values['to_value']!r:.80}")
    if unknown := sorted(values["changes"].keys() - CHANGEABLE.get(values["verb"], frozenset())):
        raise InvalidData(f"an event of the kind {values['verb']} changes no {', '.join(unknown):.200}")
