"""What an exported version is on disk: `manifest.json`, the artifact as it is called in the bucket, `attachments/` and
`evaluations/`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from catalog.exceptions import CatalogError, InvalidData, InvalidRequest
from catalog.models import DatasetVersion, ModelVersion
from catalog.models.names import is_name
from catalog.services.integrity.rebuild.admission import SHA256, check_storable
from catalog.services.integrity.rebuild.field_parsing import field_values
from catalog.services.persistence.signing import read_signed
from catalog.storage.digests import path_sha256, require_digest
from catalog.storage.keys import MANIFEST, model_artifact

LARGEST_MANIFEST = 64 * 1024**2
ATTACHMENTS, EVALUATIONS = "attachments", "evaluations"
NEEDED = frozenset(
    {"artifact_format", "created_at", "created_by", "environment", "estimator", "metrics", "params", "report"}
    | {"signature", "size_bytes"}
)


@dataclass(frozen=True)
class ExportedVersion:
    """A folder that was read: what its manifest says, and whether somebody signed that whom this catalog trusts."""

    folder: Path
    values: Mapping[str, Any]
    fields: Mapping[str, Any]
    is_trusted: bool

    @property
    def name(self) -> str:
        return str(self.values["registered_model"]["name"])

    @property
    def reference(self) -> str:
        return f"{self.name}:{self.values['number']}"

    @property
    def artifact(self) -> Path:
        return self.folder / artifact_name(self.fields)

    @property
    def provenance(self) -> dict[str, Any]:
        """What the version records of where it came from."""
        return {
            "imported_from": self.reference,
            "created_by": self.fields["created_by"],
            "created_at": str(self.values["created_at"]),
            "dataset": self.values.get("dataset_version"),
            "dataset_sha256": self.values.get("dataset_sha256"),
            "signed": self.is_trusted,
        }

    def dataset_here(self) -> DatasetVersion | None:
        """The version of a dataset here that has the very bytes which the model was trained on."""
        return data_here(self.values.get("dataset_sha256"), str(self.values.get("dataset_version")))

    def said_types(self) -> tuple[dict[str, str], dict[str, str]]:
        """The types of the columns that it takes, and of those that it predicts, by name, as the manifest says. Raises
        InvalidData."""
        from catalog.ml.signature import Signature

        try:
            signature = Signature.from_json(dict(self.fields["signature"]))
            return (
                {str(feature.name): str(feature.type) for feature in signature.features},
                {str(output.name): str(output.type) for output in signature.outputs},
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InvalidData(f"{self.folder / MANIFEST}: its signature is none ({error!r:.80}).") from error

    @property
    def evaluations(self) -> list[dict[str, str]]:
        """Of each the id, by which its file is called, and the SHA-256 of that; an older release exported none."""
        return list(self.values.get("evaluations", []))


def data_here(sha256: Any, reference: str) -> DatasetVersion | None:
    """Of the versions of datasets here that have these bytes, the one with that reference, or else the first."""
    if not isinstance(sha256, str) or not sha256:
        return None
    same = DatasetVersion.objects.ready().select_related("dataset").filter(sha256=sha256).order_by("pk")
    by_reference = {version.reference: version for version in same}
    return by_reference.get(reference) or next(iter(by_reference.values()), None)


def artifact_name(fields: Mapping[str, Any]) -> str:
    """As in the bucket: the digest and the format."""
    return model_artifact("x", 1, str(fields["sha256"]), str(fields["artifact_format"])).rpartition("/")[2]


def read_export(folder: Path) -> ExportedVersion:
    """The folder, its manifest and its artifact checked against each other.

    Raises InvalidRequest where there is no such folder, InvalidData for what is none, DigestMismatch for other bytes.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise InvalidRequest(f"`folder`: there is no {path}. Name a folder that `manage.py export` made.")
    if path.stat().st_size > LARGEST_MANIFEST:
        raise InvalidData(f"{path} has {path.stat().st_size:,} bytes: no manifest is so large.")
    try:
        values, is_trusted = read_signed(path.read_bytes())
        fields = _checked(values)
    except CatalogError as error:
        raise type(error)(f"{path}: {error}.") from error
    exported = ExportedVersion(folder, values, fields, is_trusted)
    if not exported.artifact.is_file():
        raise InvalidRequest(f"`folder`: {exported.artifact} is missing. Export the version again.")
    require_digest(path_sha256(exported.artifact), fields["sha256"], str(exported.artifact))
    return exported


def _is_evaluation(record: Any) -> bool:
    """Whether it names a file of an evaluation."""
    try:
        return str(UUID(record["id"])) == record["id"] and SHA256.fullmatch(record["sha256"]) is not None
    except (AttributeError, ValueError):
        return False


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """The fields of the version. Raises InvalidData for what no manifest of one holds."""
    check_storable(values)
    try:
        model, number, sha256 = values["registered_model"], values["number"], values["sha256"]
        if values["kind"] != ModelVersion._meta.model_name or not SHA256.fullmatch(sha256):
            raise InvalidData("it is not the manifest of a model's version")
        texts = isinstance(model["task"], str) and isinstance(model["primary_metric"], str)
        if not (texts and is_name(model["name"]) and type(number) is int and values.keys() >= NEEDED):
            raise InvalidData("it does not hold what the manifest of a version holds")
        if not all(_is_evaluation(record) for record in values.get("evaluations", [])):
            raise InvalidData("its evaluations are not such as an export holds")
    except (KeyError, TypeError) as error:
        raise InvalidData(f"it does not hold what such a manifest holds ({error})") from error
    return field_values(ModelVersion, values)
