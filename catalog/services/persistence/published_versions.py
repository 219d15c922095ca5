"""What a published alias says: enough to find, verify and load its version with the bucket alone.

Nothing here needs Django's models: applications without a database read it.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Self

from catalog.exceptions import CatalogError, InvalidData
from catalog.ml.artifacts.code_copies import check_record
from catalog.services.persistence.signing import verify_manifest

if TYPE_CHECKING:
    from catalog.models import ModelVersion

ALIAS_KIND = "alias"
ENVIRONMENT = ("versions", "modules")
LARGEST = 64 * 1024 * 1024  # bytes of a manifest or a published alias


@dataclass(frozen=True)
class PublishedVersion:
    """The fields of a model version that loading and predicting need, by the names that its row has for them.

    `environment` holds the versions and modules, `report` the sample that was kept at training.
    """

    reference: str
    number: int
    status: str
    origin: str
    artifact: str
    artifact_format: str
    size_bytes: int
    sha256: str
    estimator: str
    target: str
    signature: dict[str, Any]
    metrics: dict[str, Any]
    environment: dict[str, Any]
    report: dict[str, Any]
    approved_sha256: str = ""
    approved_types: list[str] = field(default_factory=list)
    code: dict[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """Of a version in use it is the status: what an alias points to is neither archived nor in the trash."""
        return self.status

    @property
    def stored_key(self) -> str:
        return self.artifact

    @classmethod
    def from_values(cls, reference: str, values: Mapping[str, Any]) -> Self:
        """Out of a published alias or a version's manifest. Raises InvalidData for what neither writes."""
        known = {known.name: values[known.name] for known in fields(cls) if known.name in values}
        check_record(known.get("code", {}))
        try:
            return cls(**{**known, "reference": reference})
        except TypeError as error:
            raise InvalidData(f"it does not hold what a version's manifest holds ({error})") from error


# By field, what it is where an earlier release published nothing of it.
DEFAULTS: Mapping[str, Any] = {
    known.name: known.default if known.default_factory is MISSING else known.default_factory()
    for known in fields(PublishedVersion)
    if known.default is not MISSING or known.default_factory is not MISSING
}


def version_values(version: "ModelVersion") -> dict[str, Any]:
    """What is published of the version."""
    values = {known.name: getattr(version, known.name) for known in fields(PublishedVersion)}
    return values | {
        "reference": version.stored_reference,
        "artifact": version.stored_key,
        "environment": {name: version.environment[name] for name in ENVIRONMENT if name in version.environment},
        "report": {"sample": version.report["sample"]} if "sample" in version.report else {},
    }


def event_of(content: bytes) -> int:
    """The number of the event that a published alias tells of; 0 when it is not sound or not signed as it must be."""
    try:
        event = verify_manifest(content).get("event")
    except CatalogError:
        return 0
    return event if type(event) is int else 0
