"""What the commands of uploaded models share: what they print of a version and of its inspection."""

from typing import Any

from catalog.exceptions import counted
from catalog.management.argument_names import program
from catalog.management.catalog_command import short
from catalog.models import ModelVersion


def upload_values(version: ModelVersion) -> dict[str, Any]:
    return {
        "reference": version.reference,
        "name": version.registered_model.name,
        "version": version.number,
        "sha256": version.sha256,
        "bytes": version.size_bytes,
        "status": version.status,
        "format": version.artifact_format,
        "task": version.registered_model.task,
        "inspection": version.inspection,
    }


def upload_lines(version: ModelVersion) -> list[str]:
    """What was found in the file, and what can be done now."""
    inspection = version.inspection
    saved = f", saved with scikit-learn {inspection['sklearn_version']}" if inspection["sklearn_version"] else ""
    lines = [f"  {inspection['estimator'] or 'An estimator'} in {version.artifact_format}{saved}."]
    if inspection["n_features"] is not None:
        lines.append(f"  It takes {counted(inspection['n_features'], 'feature')}.")
    if inspection["trees"]:
        lines.append(f"  {counted(inspection['trees'], 'tree')} checked.")
    if inspection["untrusted"]:
        title = "Types approved with it" if version.approved_types else "Types that are not trusted"
        lines.append(f"  {title}: {', '.join(inspection['untrusted'])}.")
    return [*lines, *(f"  {note}" for note in inspection["notes"]), *_next_lines(version)]


def _next_lines(version: ModelVersion) -> list[str]:
    if version.status == ModelVersion.Status.READY:
        return [f"  Put it in production: {program()} promote {version.reference}"]
    runs = "" if version.artifact_format == "skops" else " Loading it will run code from the file."
    return [
        f"  It is quarantined until somebody other than {version.created_by} approves it.{runs}",
        f"  To approve it: {program()} approve_version {version.reference} --by NAME",
    ]


def version_and_digest(version: ModelVersion) -> str:
    return f"{version.reference} ({short(version.sha256)})"
