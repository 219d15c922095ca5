"""Uploaded files looked at, and loaded once they are trusted, in a limited process of their own."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import IO, Any

from catalog.conf import catalog_settings
from catalog.ml.artifacts.artifact_formats import Detected
from catalog.ml.artifacts.inspection.limits import Limits, run_limited
from catalog.models import DatasetVersion

NOTHING_SAID: Mapping[str, str] = MappingProxyType({})


def inspect(
    file: IO[bytes],
    detected: Detected,
    *,
    name: str,
    dataset_version: DatasetVersion | None,
    target: str,
    task: str,
    approved: Sequence[str] | None = None,
    said_columns: Mapping[str, str] = NOTHING_SAID,
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What the version records of the open file, and its signature: None while it needs somebody's approval.

    `approved` are the types that a person approved, None before that; `said_columns` are the types of columns by name
    that the uploader says, for want of a dataset. Raises InvalidArtifact in one line.
    """
    described = {
        "columns": _column_types(dataset_version) or dict(said_columns) or None,
        "source": dataset_version.reference if dataset_version else "its manifest",
        "target": target,
        "task": task,
    }
    arguments: Mapping[str, Any] = {
        "family": detected.family,
        "compression": detected.compression,
        "trusted": catalog_settings().trusted_types,
        "approved": None if approved is None else list(approved),
        "described": described,
    }
    answer = run_limited(file, arguments, Limits(unpacked_bytes=catalog_settings().model_bytes), name=name)
    file.seek(0)
    return answer["inspection"], answer["signature"]


def _column_types(version: DatasetVersion | None) -> dict[str, str] | None:
    return None if version is None else {column["name"]: column["type"] for column in version.schema}
