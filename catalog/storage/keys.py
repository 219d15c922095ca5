"""Where everything lies: the only place that composes keys and takes them apart. All are relative to AWS_LOCATION."""

import re
from dataclasses import dataclass
from pathlib import PurePath

from django.core.exceptions import SuspiciousOperation
from django.utils.text import get_valid_filename

LONGEST_FILE_NAME_BYTES = 100  # of 255, for the local store puts a token beside it
MANIFEST, FAILED = "manifest.json", "failed.json"
PARTS_LIST = "_parts.json"
TWIN = re.compile(r"\..+~[0-9a-f]{32}")
NAME, VERSION, FILE = r"(?P<name>[^/]+)", r"v(?P<number>(?!0+/)\d{4,10})", r"(?P<file>[^/]+)"
OWNERS = {"alias": "model"}
EVENT_OF = "dataset|model|prediction|job|token|user"
PLACES = [
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"(?P<kind>dataset|model)s/{NAME}/(?P<file>manifest\.json)",
        rf"(?P<kind>dataset|model)s/{NAME}/{VERSION}/{FILE}",
        rf"models/{NAME}/(?P<kind>alias)es/(?P<file>[^/]+\.json)",
        rf"(?P<kind>model)s/{NAME}/{VERSION}/attachments/(?P<file>[0-9a-f]{{12}}-[^/]+)",
        rf"(?P<kind>prediction)s/{NAME}/{VERSION}/(?P<receipt>[^/]+)/{FILE}",
        rf"(?P<kind>evaluation)s/{NAME}/{VERSION}/(?P<receipt>[^/]+)/(?P<file>manifest\.json)",
        rf"(?P<kind>event)s/(?P<object_type>{EVENT_OF})s/{NAME}/(?P<event>\d{{9,18}})-{FILE}",
    )
]

OWNERS = {"evaluation": "model"}


def check_key(key: str) -> None:
    """Raises SuspiciousOperation for a key with empty, `.` or `..` parts: servers disagree on which object it names."""
    if not key or any(part in {"", ".", ".."} for part in key.split("/")):
        raise SuspiciousOperation(f"The key {key[:200]!r} has empty, '.' or '..' parts.")


def is_twin(key: str) -> bool:
    """Whether it is the hidden second name of a file of the local store, copied to where names carry no tokens."""
    return TWIN.fullmatch(key.rpartition("/")[2]) is not None


def dataset_file(name: str, number: int, sha256: str, file_format: str) -> str:
    return f"datasets/{name}/v{number:04d}/{sha256[:12]}-data.{file_format}"


def model_artifact(name: str, number: int, sha256: str, artifact_format: str) -> str:
    return f"models/{name}/v{number:04d}/{sha256[:12]}-model.{artifact_format}"


def version_manifest(name: str, number: int) -> str:
    """Of a model version, wherever its artifact lies."""
    return f"models/{name}/v{number:04d}/{MANIFEST}"


def attachment(name: str, number: int, sha256: str, file_name: str) -> str:
    """Of a file that is kept with a model's version."""
    return f"models/{name}/v{number:04d}/attachments/{sha256[:12]}-{file_name}"


def prediction_output(name: str, number: int, receipt: str, file_format: str) -> str:
    return f"predictions/{name}/v{number:04d}/{receipt}/predictions.{file_format}"


def safe_file_name(name: str) -> str:
    """The last part of a path or name that somebody gave a file, as every file system takes it, with its endings.

    Raises SuspiciousFileOperation for one that has nothing in it.
    """
    valid = get_valid_filename(PurePath(name).name)
    return valid.encode()[-LONGEST_FILE_NAME_BYTES:].decode(errors="ignore")


def uploaded_input(token: str, file_name: str) -> str:
    """Of a file that somebody uploaded to have it predicted."""
    return f"uploads/{token}/{file_name}"


def receipt_folder(name: str, number: int, receipt: str) -> str:
    """Where all of a prediction in parts lies."""
    return f"predictions/{name}/v{number:04d}/{receipt}/"


def parts_list(name: str, number: int, receipt: str) -> str:
    """What tells of the parts of a prediction; it is stored last."""
    return f"{receipt_folder(name, number, receipt)}{PARTS_LIST}"


def part_name(number: int, file_format: str) -> str:
    return f"part-{number:05d}.{file_format}"


def part_of_receipt(parts_list: str, number: int, file_format: str) -> str:
    """Beside the list of the parts."""
    return f"{parts_list.rpartition('/')[0]}/{part_name(number, file_format)}"


def parent_manifest(kind: str, name: str) -> str:
    """Of a dataset or a registered model."""
    return f"{'datasets' if kind == 'dataset' else 'models'}/{name}/manifest.json"


def event_manifest(object_type: str, object_name: str, event_id: int, verb: str) -> str:
    """By object, so that a person finds what happened to it; the numbers are in the order of what happened."""
    return f"events/{object_type}s/{object_name}/{event_id:09d}-{verb}.json"


def published_alias(name: str, alias: str) -> str:
    """What applications without a database ask: where the alias of the model points to now."""
    return f"models/{name}/aliases/{alias}.json"


def check_replaceable(key: str) -> None:
    """Raises SuspiciousOperation for any key but that of a published alias: all other objects are written once."""
    check_key(key)
    place = place_of(key)
    if place is None or not place.alias:
        raise SuspiciousOperation(f"{key[:200]!r} is no published alias, and no other object is ever replaced.")


def evaluation_manifest(name: str, number: int, evaluation: str) -> str:
    """Of a measurement of a version."""
    return f"evaluations/{name}/v{number:04d}/{evaluation}/{MANIFEST}"


def manifest_beside(key: str) -> str:
    """The key of the manifest that describes the object at `key`."""
    return f"{key.rpartition('/')[0]}/{MANIFEST}"


def failed_beside(key: str) -> str:
    """The key of the manifest of a row that failed; that of a stored row may lie beside it."""
    return f"{key.rpartition('/')[0]}/{FAILED}"


@dataclass(frozen=True)
class Place:
    """What a key of the catalog says: `kind` is dataset, model, alias, prediction, evaluation or event; of datasets and
    models without a `number` it is the parent's manifest. `owner` is dataset, model, prediction, job, token or user,
    and `name` that of what it is about; `receipt` is the number of a prediction or an evaluation.
    """

    kind: str
    owner: str
    name: str
    number: int | None
    receipt: str
    event: int | None
    file: str

    @property
    def reference(self) -> str:
        """Of the version, the receipt, or what the event is about."""
        return self.receipt or (self.name if self.number is None else f"{self.name}:{self.number}")

    @property
    def is_manifest(self) -> bool:
        return (self.file in {MANIFEST, FAILED} and not self.alias) or self.kind == "event"

    @property
    def alias(self) -> str:
        """Empty of everything but a published alias."""
        return self.file.removesuffix(".json") if self.kind == "alias" else ""


def place_of(key: str) -> Place | None:
    """What lies at the key; None when the catalog puts nothing there."""
    for pattern in PLACES:
        if match := pattern.fullmatch(key):
            groups = match.groupdict()
            return Place(
                kind=groups["kind"],
                owner=groups.get("object_type") or OWNERS.get(groups["kind"], groups["kind"]),
                name=groups["name"],
                number=int(groups["number"]) if "number" in groups else None,
                receipt=groups.get("receipt", ""),
                event=int(groups["event"]) if "event" in groups else None,
                file=groups["file"],
            )
    return None
