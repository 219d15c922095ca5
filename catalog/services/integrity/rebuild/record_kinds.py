"""The kinds of records that a bucket tells of, and how their manifests name what a rebuild needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Model

from catalog.models import AuditEvent, Dataset, DatasetVersion, Evaluation, ModelVersion, Prediction, RegisteredModel
from catalog.storage.keys import Place


class RecordKind(StrEnum):
    """In the order in which rows refer to one another."""

    DATASET = "dataset"
    MODEL = "model"
    DATASET_VERSION = "dataset version"
    MODEL_VERSION = "model version"
    RECEIPT = "receipt"
    EVALUATION = "evaluation"
    EVENT = "event"


@dataclass(frozen=True)
class RecordFields:
    """`object` and `size` are the members that name a record's object and its bytes, `references` those that name
    versions which it needs; `owner` is what events call it."""

    row: type[Model]
    owner: AuditEvent.ObjectType | None = None
    object: str = ""
    size: str = ""
    references: Mapping[str, RecordKind] | None = None
    parent: RecordKind | None = None
    parent_field: str = ""


FIELDS: Mapping[RecordKind, RecordFields] = {
    RecordKind.DATASET: RecordFields(Dataset, AuditEvent.ObjectType.DATASET),
    RecordKind.MODEL: RecordFields(RegisteredModel, AuditEvent.ObjectType.MODEL),
    RecordKind.DATASET_VERSION: RecordFields(
        DatasetVersion,
        AuditEvent.ObjectType.DATASET,
        object="file",
        size="size_bytes",
        parent=RecordKind.DATASET,
        parent_field="dataset",
    ),
    RecordKind.MODEL_VERSION: RecordFields(
        ModelVersion,
        AuditEvent.ObjectType.MODEL,
        object="artifact",
        size="size_bytes",
        references={"dataset_version": RecordKind.DATASET_VERSION},
        parent=RecordKind.MODEL,
        parent_field="registered_model",
    ),
    RecordKind.RECEIPT: RecordFields(
        Prediction,
        AuditEvent.ObjectType.PREDICTION,
        object="output",
        size="output_bytes",
        references={
            "input_dataset_version": RecordKind.DATASET_VERSION,
            "model_version": RecordKind.MODEL_VERSION,
        },
    ),
    RecordKind.EVALUATION: RecordFields(
        Evaluation,
        references={"dataset_version": RecordKind.DATASET_VERSION, "model_version": RecordKind.MODEL_VERSION},
    ),
    RecordKind.EVENT: RecordFields(AuditEvent),
}
PARENTS = (RecordKind.DATASET, RecordKind.MODEL)
VERSIONS = (RecordKind.DATASET_VERSION, RecordKind.MODEL_VERSION)
VERSION_OF = {FIELDS[kind].owner: kind for kind in VERSIONS}


def kind_of(place: Place) -> RecordKind:
    """What the manifest at the place tells of."""
    match place.kind:
        case "event":
            return RecordKind.EVENT
        case "prediction":
            return RecordKind.RECEIPT
        case "evaluation":
            return RecordKind.EVALUATION
        case "dataset":
            return RecordKind.DATASET if place.number is None else RecordKind.DATASET_VERSION
    return RecordKind.MODEL if place.number is None else RecordKind.MODEL_VERSION


@dataclass(frozen=True)
class BucketRecord:
    """What the bucket says of one row, brought up to date by the events: `values` are a manifest's members."""

    kind: RecordKind
    name: str
    number: int | None
    receipt: str
    values: dict[str, Any]

    @property
    def reference(self) -> str:
        return self.receipt or (self.name if self.number is None else f"{self.name}:{self.number}")

    @property
    def object_key(self) -> str:
        """Of its object; empty when it has none in the catalog."""
        return str(self.values.get(FIELDS[self.kind].object) or "")

    @property
    def size_bytes(self) -> Any:
        return self.values.get(FIELDS[self.kind].size)
