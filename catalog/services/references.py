"""References: `name`, `name:3`, `name:latest` and `name@alias`, and the versions that they name."""

import re
from typing import TypeVar

from catalog.exceptions import InvalidReference, NotFound, NotReady, near
from catalog.models import Alias, Dataset, DatasetVersion, ModelVersion, RegisteredModel
from catalog.models.model_version import ModelVersionQuerySet
from catalog.models.names import PATTERN, RULE

Version = TypeVar("Version", DatasetVersion, ModelVersion)
DEFAULT_ALIAS = "production"
RESTORABLE = {"ARCHIVED", "TRASHED"}
MODEL_REFERENCE = re.compile(
    rf"(?P<name>{PATTERN})(?::(?P<number>[1-9]\d{{0,8}}|latest)|@(?P<alias>{PATTERN}))?", re.ASCII
)
NUMBERED = re.compile(rf"{PATTERN}:[1-9]\d{{0,8}}", re.ASCII)
DATASET_REFERENCE = re.compile(rf"(?P<name>{PATTERN})(?::(?P<number>[1-9]\d{{0,8}}|latest))?", re.ASCII)


def get_registered_model(name: str) -> RegisteredModel:
    """Raises NotFound, with the names near it."""
    model = RegisteredModel.objects.filter(name=name).first()
    if model is None:
        known = RegisteredModel.objects.values_list("name", flat=True)[:2000]
        raise NotFound(f"There is no model {name!r}.{near(name, known)}")
    return model


def get_model_version(reference: str) -> ModelVersion:
    """The READY version that the reference names. Raises InvalidReference, NotFound or NotReady."""
    match = MODEL_REFERENCE.fullmatch(reference)
    if not match:
        raise InvalidReference(
            f"{reference[:80]!r} is not a reference. Write name, name:3, name:latest or name@alias; a name is {RULE}."
        )
    if match["number"] not in {None, "latest"}:
        return _ready(find_model_version(reference))
    model = get_registered_model(match["name"])
    if match["number"] is None:
        return _aliased(model, match["alias"] or DEFAULT_ALIAS)
    newest = _with_parents(model).ready().order_by("-number").first()
    if newest is None:
        raise NotFound(f"{model.name} has no version that is ready. Train one with train_model {model.name}.")
    return newest


def find_model_version(reference: str) -> ModelVersion:
    """The version that `name:3` names, whatever its state. Raises InvalidReference, NotFound."""
    match = MODEL_REFERENCE.fullmatch(reference)
    if not match or match["number"] in {None, "latest"}:
        raise InvalidReference(f"{reference[:80]!r} does not name one version. Write its number, as in name:3.")
    model = get_registered_model(match["name"])
    version = _with_parents(model).filter(number=match["number"]).first()
    if version is None:
        raise NotFound(f"{model.name} has no version {match['number']}. `manage.py versions {model.name}` lists them.")
    return version


def _with_parents(model: RegisteredModel) -> ModelVersionQuerySet:
    versions = ModelVersion.objects.select_related("registered_model", "dataset_version__dataset")
    return versions.filter(registered_model=model)


def _ready(version: Version) -> Version:
    """The version itself. Raises NotReady, with what can be done."""
    state = version.state
    if state == "READY":
        return version
    because = f" ({version.failure[:200]})" if version.failure else ""
    command = "restore_version" if isinstance(version, ModelVersion) else "restore_dataset"
    restore = f"Restore it (manage.py {command} {version.reference}) or choose" if state in RESTORABLE else "Choose"
    raise NotReady(f"{version.reference} is {state}{because}. {restore} another version.")


def _aliased(model: RegisteredModel, name: str) -> ModelVersion:
    aliases = Alias.objects.filter(registered_model=model)
    alias = aliases.select_related("model_version__registered_model", "model_version__dataset_version__dataset")
    found = alias.filter(name=name).first()
    if found is not None:
        return found.model_version
    option = "" if name == DEFAULT_ALIAS else f" --alias {name}"
    known = ", ".join(sorted(aliases.values_list("name", flat=True)))
    raise NotFound(
        f"{model.name} has no version with the alias {name!r}{f' (it has: {known})' if known else ''}. "
        f"Promote one: manage.py promote {model.name}:NUMBER{option}, or name a version, as {model.name}:latest."
    )


def get_dataset_version(reference: str) -> DatasetVersion:
    """The READY version that `name`, `name:2` or `name:latest` names; without a number the newest.

    Raises InvalidReference, NotFound or NotReady.
    """
    match = DATASET_REFERENCE.fullmatch(reference)
    if not match:
        raise InvalidReference(f"{reference[:80]!r} is not a dataset. Write name or name:2; a name is {RULE}.")
    if match["number"] not in {None, "latest"}:
        return _ready(find_dataset_version(reference))
    dataset = _dataset(match["name"])
    versions = DatasetVersion.objects.select_related("dataset").filter(dataset=dataset)
    newest = versions.ready().order_by("-number").first()
    if newest is None:
        raise NotFound(f"The dataset {dataset.name} has no version that is ready. Add one with add_dataset.")
    return newest


def find_dataset_version(reference: str) -> DatasetVersion:
    """The version that `name:2` names, whatever its state. Raises InvalidReference, NotFound."""
    match = DATASET_REFERENCE.fullmatch(reference)
    if not match or match["number"] in {None, "latest"}:
        raise InvalidReference(f"{reference[:80]!r} does not name one version. Write its number, as in name:2.")
    dataset = _dataset(match["name"])
    versions = DatasetVersion.objects.select_related("dataset").filter(dataset=dataset)
    version = versions.filter(number=match["number"]).first()
    if version is None:
        newest_number = versions.order_by("-number").values_list("number", flat=True).first()
        newest = f"the newest is {newest_number}" if newest_number else "it has none"
        raise NotFound(f"The dataset {dataset.name} has no version {match['number']}; {newest}.")
    return version


def _dataset(name: str) -> Dataset:
    dataset = Dataset.objects.filter(name=name).first()
    if dataset is None:
        known = Dataset.objects.values_list("name", flat=True)[:2000]
        raise NotFound(f"There is no dataset {name!r}.{near(name, known)} Add it with add_dataset.")
    return dataset
