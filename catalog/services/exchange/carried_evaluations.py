"""The evaluations of a version, carried with it from one catalog to another: each on data that are the same there."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from catalog.exceptions import CatalogError, InvalidData, InvalidRequest
from catalog.models import DatasetVersion, Evaluation, ModelVersion
from catalog.models.encoding import ExactEncoder
from catalog.services.exchange.exported_versions import EVALUATIONS, ExportedVersion, data_here
from catalog.services.integrity.rebuild.admission import check_storable
from catalog.services.integrity.rebuild.field_parsing import field_values
from catalog.services.persistence.manifests import manifest_values, queue_evaluation_manifest
from catalog.services.persistence.signing import read_signed, sign_manifest
from catalog.services.registry.curation import lock_in_use
from catalog.storage.digests import path_sha256, require_digest

MOST_STATED, LONGEST_REFERENCE = 20, 75
NEEDED = frozenset(
    {"id", "dataset_version", "dataset_sha256", "rows_sha256", "row_count", "metrics", "created_by", "created_at"}
)


@dataclass(frozen=True)
class CarriedEvaluation:
    """Its fields, the reference of its data there, and the same data here; None where they are not here."""

    fields: Mapping[str, Any]
    dataset: str
    dataset_version: DatasetVersion | None

    def as_stated(self) -> dict[str, Any]:
        """Its metrics and of which rows they are, as JSON; without charts, and without what it says of others."""
        return {
            "dataset": self.dataset,
            "rows": self.fields["row_count"],
            "rows_of": self.fields.get("rows_of", ""),
            "metrics": stated_values(self.fields["metrics"]),
            "by": self.fields["created_by"],
            "at": self.fields["created_at"].isoformat(),
        }


def write_evaluations(version: ModelVersion, folder: Path) -> list[dict[str, str]]:
    """Each as a file of its own; the id and the SHA-256 of each, for the manifest."""
    records = []
    rows = Evaluation.objects.filter(model_version=version).select_related(
        "dataset_version__dataset", "model_version__registered_model"
    )
    for evaluation in rows.order_by("created_at", "pk").iterator():
        (folder / EVALUATIONS).mkdir(exist_ok=True)
        path = folder / EVALUATIONS / f"{evaluation.pk}.json"
        values = {**manifest_values(evaluation), "dataset_sha256": evaluation.dataset_version.sha256}
        text = sign_manifest(json.dumps(values, cls=ExactEncoder, indent=1, ensure_ascii=False))
        path.write_text(text, encoding="utf-8")
        records.append({"id": str(evaluation.pk), "sha256": path_sha256(path)})
    return records


def read_evaluations(exported: ExportedVersion) -> list[CarriedEvaluation]:
    """Those in the folder, each with the digest that the manifest says. Raises InvalidRequest, InvalidData."""
    return [_read(exported, record) for record in exported.evaluations]


def _read(exported: ExportedVersion, record: Mapping[str, str]) -> CarriedEvaluation:
    path = exported.folder / EVALUATIONS / f"{record['id']}.json"
    if not path.is_file():
        raise InvalidRequest(f"`folder`: {path} is missing. Export the version again.")
    require_digest(path_sha256(path), record["sha256"], str(path))
    try:
        values, _ = read_signed(path.read_bytes())
        if not values.keys() >= NEEDED:
            raise InvalidData("it does not hold what an evaluation holds")
        if values.get("model_sha256") != exported.fields["sha256"]:
            raise InvalidData("it is of another version")
        check_storable(values)
        fields = {name: value for name, value in field_values(Evaluation, values).items() if name != "id"}
    except CatalogError as error:
        raise InvalidData(f"{path}: {error}.") from error
    reference = str(values["dataset_version"])[:LONGEST_REFERENCE]
    return CarriedEvaluation(fields, reference, data_here(values["dataset_sha256"], reference))


def stated_values(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Of records of metrics that anybody may have written, those values that are numbers."""
    values = {name: metric.get("value") for name, metric in metrics.items() if isinstance(metric, dict)}
    return {
        name: float(value)
        for name, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def list_left_out(evaluations: Sequence[CarriedEvaluation]) -> list[str]:
    """In words, those that can't be carried: an evaluation refers to the data that it was measured on."""
    counts = Counter(evaluation.dataset for evaluation in evaluations if evaluation.dataset_version is None)
    return [
        f"{count:,} {'evaluation' if count == 1 else 'evaluations'} on {dataset}, which was not here"
        for dataset, count in sorted(counts.items())
    ]


def missing_evaluations(
    version: ModelVersion, evaluations: Sequence[CarriedEvaluation]
) -> list[tuple[CarriedEvaluation, DatasetVersion]]:
    """Those that `version` has not, with their data, which are here."""
    present = set(version.evaluations.values_list("rows_sha256", "created_at"))
    return [
        (each, each.dataset_version)
        for each in evaluations
        if each.dataset_version and (each.fields["rows_sha256"], each.fields["created_at"]) not in present
    ]


def add_evaluations(version: ModelVersion, evaluations: Sequence[CarriedEvaluation], *, source: str) -> None:
    """Those that are missing, as evaluations of `version`, which was called `source` there."""
    rows = {data.pk: data for _, data in missing_evaluations(version, evaluations)}
    with transaction.atomic():
        locked = {pk: lock_in_use(rows[pk]) for pk in sorted(rows)}
        lock_in_use(version)
        for each, data in missing_evaluations(version, evaluations):  # without what somebody added meanwhile
            evaluation = Evaluation(**each.fields, model_version=version, dataset_version=locked[data.pk])
            if evaluation.rows_of == source:
                evaluation.rows_of = version.reference
            evaluation.save(force_insert=True)
            queue_evaluation_manifest(evaluation)
