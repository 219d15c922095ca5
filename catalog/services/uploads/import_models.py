"""An old folder of models taken into the catalog: names and versions from file names, each file quarantined."""

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from catalog.changes import one_by_one
from catalog.conf import catalog_settings
from catalog.exceptions import CatalogError, InvalidArtifact, InvalidRequest
from catalog.ml.artifacts.artifact_formats import Detected, Family, detect, model_stem, shown
from catalog.models import ModelVersion
from catalog.models.names import check_name
from catalog.progress import Progress
from catalog.services.uploads.add_version import UploadRequest, add_upload
from catalog.services.uploads.upload_checks import present_version
from catalog.storage.digests import path_sha256

# churn_v3, churn-3, churn v1.2, churn_2024-05-01, churn (3): a separator, then what counts.
VERSIONED = re.compile(r"(?P<name>.+?)[-_. (]+v?(?P<number>\d{1,9}(?:[._-]\d{1,9}){0,5})\)?", re.ASCII | re.IGNORECASE)
LARGEST_NUMBER = 9999  # a larger one is a date or a time


@dataclass(frozen=True)
class ModelFile:
    """A file of the folder: `name` and `order` by its file name; `problem` says why it is not added.

    `number` is the version's number as the file name says it, None where it says none that can be one. `present` is
    the version that holds these bytes already; `added` the one that was made of it.
    """

    path: Path
    name: str = ""
    order: tuple[int, ...] = ()
    size_bytes: int = 0
    sha256: str = ""
    detected: Detected | None = None
    problem: str = ""
    present: ModelVersion | None = None
    added: ModelVersion | None = None

    @property
    def number(self) -> int | None:
        return self.order[0] if len(self.order) == 1 and 0 < self.order[0] <= LARGEST_NUMBER else None

    @property
    def is_new(self) -> bool:
        return not self.problem and self.present is None


def plan_import(*, folder: str, progress: Progress | None = None) -> list[ModelFile]:
    """What import_models() would do, by name and version; changes and opens nothing. Raises InvalidRequest.

    Files whose names are not those of models are left out; folders within the folder are not looked into.
    """
    progress = progress or Progress()
    root = Path(folder).expanduser()
    if not os.path.isdir(root):  # noqa: PTH112 - which says no to names that are too long, and raises nothing
        raise InvalidRequest(f"There is no folder {shown(folder)}.")
    paths = [path for path in sorted(root.iterdir()) if path.is_file() and model_stem(path.name)]
    with progress.step("hash", total=sum(path.stat().st_size for path in paths), unit="bytes"):
        files = [_read_file(path, progress) for path in paths]
    files.sort(key=lambda file: (file.name, file.order, file.path.name))
    first: dict[str, ModelFile] = {}
    for position, file in enumerate(files):
        twin = file if file.problem else first.setdefault(file.sha256, file)
        if twin is not file:
            files[position] = replace(file, problem=f"it has the same bytes as {twin.path.name}")
    return files


def _read_file(path: Path, progress: Progress) -> ModelFile:
    name, order = name_and_order(model_stem(path.name))
    file = ModelFile(path, name, order, path.stat().st_size)
    try:
        check_name(name, "a model")
        file = replace(file, sha256=path_sha256(path, on_bytes=progress.advance), detected=detect(path, path.name))
    except CatalogError as error:
        return replace(file, problem=str(error))
    if file.size_bytes > catalog_settings().model_bytes:
        return replace(file, problem="it is larger than CATALOG_MODEL_BYTES allows")
    return replace(file, present=present_version(file.sha256))


def name_and_order(stem: str) -> tuple[str, tuple[int, ...]]:
    """The model's name as the catalog writes names, and the numbers by which its versions follow each other."""
    match = VERSIONED.fullmatch(stem)
    name = match["name"] if match else stem
    order = tuple(int(part) for part in re.split(r"[._-]", match["number"])) if match else ()
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-._"), order


def needs_pickles(plan: Sequence[ModelFile]) -> int:
    """How many of the files can't be added while CATALOG_ALLOW_PICKLE_UPLOADS is off."""
    if catalog_settings().allow_pickle_uploads:
        return 0
    kinds = Counter(file.detected.family for file in plan if file.is_new and file.detected)
    return kinds[Family.PICKLE]


def import_models(
    *, plan: Sequence[ModelFile], actor: str, task: str = "", progress: Progress | None = None
) -> list[ModelFile]:
    """Add the new files of the plan in its order, each QUARANTINED; one that is refused does not stop the others.

    `task` is that of models which are new and do not say it.
    """
    progress = progress or Progress()
    with progress.step("import", total=sum(file.is_new for file in plan), unit="files"):
        new = one_by_one([file for file in plan if file.is_new], lambda file: shown(file.path.name))
        imported = {file.path: _import_file(file, actor, task, progress) for file in new}
    return [imported.get(file.path, file) for file in plan]


def _import_file(file: ModelFile, actor: str, task: str, progress: Progress) -> ModelFile:
    progress.advance(1)
    try:
        request = UploadRequest(
            name=file.name,
            source=str(file.path),
            actor=actor,
            task_if_unknown=task,
            notes=f"Imported from {shown(file.path.name)}.",
            quarantine=True,
            number_from=file.number or 1,
        )
        added = add_upload(request=request, progress=progress)
    except (InvalidArtifact, InvalidRequest) as error:
        return replace(file, problem=str(error))
    return replace(file, added=added)
