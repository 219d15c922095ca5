"""References: `name`, `name:3`, `name:latest` and `name@alias`, and the versions that they name."""

import re
from typing import NoReturn, TypeVar

from catalog.exceptions import InvalidReference, NotFound, NotReady, near
from catalog.models import Dataset, DatasetVersion, ModelVersion, RegisteredModel
from catalog.models.model_version import ModelVersionQuerySet
from catalog.reference_syntax import DEFAULT_ALIAS as DEFAULT_ALIAS
from catalog.reference_syntax import LATEST, MODEL_REFERENCE, PATTERN, RULE, parse_model_reference

Version = TypeVar("Version", DatasetVersion, ModelVersion)
RESTORABLE = {ModelVersion.State.ARCHIVED, ModelVersion.State.TRASHED}
DATASET_REFERENCE = re.compile(rf"(?a)(?P<name>{PATTERN})(?::(?P<number>[1-9]\d{{0,8}}|latest))?")


def get_registered_model(name: str) -> RegisteredModel:
    """Raises NotFound, with the names near it."""
    return RegisteredModel.objects.filter(name=name).first() or _raise_no_model(name)


def current_name(name: str) -> str:
    """What the model is called now that was called `name` before; empty when none was."""
    renamed = RegisteredModel.objects.exclude(former_names=[]).order_by("name")
    return next((new for new, former in renamed.values_list("name", "former_names") if name in former), "")


def _raise_no_model(name: str) -> NoReturn:
    if renamed := current_name(name):
        raise NotFound(f"The model {name!r} is called {renamed} now. Write {renamed}.")
    known = RegisteredModel.objects.values_list("name", flat=True)[:2000]
    raise NotFound(f"There is no model {name!r}.{near(name, known)}")


def get_model_version(reference: str) -> ModelVersion:
    """The READY version that the reference names, in one query. Raises InvalidReference, NotFound or NotReady."""
    match = parse_model_reference(reference)
    versions = ModelVersion.objects.select_related("registered_model", "dataset_version__dataset")
    return _ready_version(match, versions.filter(registered_model__name=match["name"]))


def lock_model_version(reference: str) -> ModelVersion:
    """The same with few of its fields, and its model's row locked until the transaction ends, so that changes of the
    model's aliases come one after another."""
    match = parse_model_reference(reference)
    model = lock_registered_model(match["name"])
    version = _ready_version(match, ModelVersion.objects.for_aliases().filter(registered_model=model))
    version.registered_model = model
    return version


def lock_registered_model(name: str) -> RegisteredModel:
    """With its names alone, locked until the transaction ends. Raises NotFound."""
    models = RegisteredModel.objects.select_for_update().only("name", "stored_as")
    return models.filter(name=name).first() or _raise_no_model(name)


def find_model_version(reference: str) -> ModelVersion:
    """The version that `name:3` names, whatever its state. Raises InvalidReference, NotFound."""
    match = MODEL_REFERENCE.fullmatch(reference)
    if not match or match["number"] in {None, LATEST}:
        raise InvalidReference(f"{reference[:80]!r} does not name one version. Write its number, as in name:3.")
    versions = ModelVersion.objects.select_related("registered_model", "dataset_version__dataset")
    return _version_by_number(match, versions.filter(registered_model__name=match["name"]))


def _ready_version(match: re.Match[str], versions: ModelVersionQuerySet) -> ModelVersion:
    """The READY one of the model's versions."""
    if match["number"] is None:
        return _version_by_alias(match, versions)
    if match["number"] != LATEST:
        return _require_ready(_version_by_number(match, versions))
    newest = versions.ready().order_by("-number").first()
    if newest is None:
        model = get_registered_model(match["name"])
        raise NotFound(f"{model.name} has no version that is ready. Train one with train_model {model.name}.")
    return newest


def _version_by_number(match: re.Match[str], versions: ModelVersionQuerySet) -> ModelVersion:
    version = versions.filter(number=match["number"]).order_by().first()
    if version is None:
        name = get_registered_model(match["name"]).name
        raise NotFound(f"{name} has no version {match['number']}. `manage.py versions {name}` lists them.")
    return version


def _require_ready(version: Version) -> Version:
    """The version itself. Raises NotReady, with what can be done."""
    if why := why_not_ready(version):
        raise NotReady(why)
    return version


def why_not_ready(version: DatasetVersion | ModelVersion) -> str:
    """The state that it is in, and what can be done; empty for a version that is READY."""
    state = version.state
    if state == version.State.READY:
        return ""
    because = f" ({version.failure[:200]})" if version.failure else ""
    command = "restore_version" if isinstance(version, ModelVersion) else "restore_dataset"
    restore = f"Restore it (manage.py {command} {version.reference}) or choose" if state in RESTORABLE else "Choose"
    return f"{version.reference} is {state}{because}. {restore} another version."


def _version_by_alias(match: re.Match[str], versions: ModelVersionQuerySet) -> ModelVersion:
    """The version that the alias points to, whatever its state: one that is in use can't leave READY."""
    name = match["alias"] or DEFAULT_ALIAS
    version = versions.filter(aliases__name=name).order_by().first()
    if version is not None:
        return version
    model = get_registered_model(match["name"])
    option = "" if name == DEFAULT_ALIAS else f" --alias {name}"
    known = ", ".join(sorted(model.aliases.values_list("name", flat=True)))
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
    if match["number"] not in {None, LATEST}:
        return _require_ready(find_dataset_version(reference))
    dataset = get_dataset(match["name"])
    versions = DatasetVersion.objects.select_related("dataset").filter(dataset=dataset)
    newest = versions.ready().order_by("-number").first()
    if newest is None:
        raise NotFound(f"The dataset {dataset.name} has no version that is ready. Add one with add_dataset.")
    return newest


def find_dataset_version(reference: str) -> DatasetVersion:
    """The version that `name:2` names, whatever its state. Raises InvalidReference, NotFound."""
    match = DATASET_REFERENCE.fullmatch(reference)
    if not match or match["number"] in {None, LATEST}:
        raise InvalidReference(f"{reference[:80]!r} does not name one version. Write its number, as in name:2.")
    dataset = get_dataset(match["name"])
    versions = DatasetVersion.objects.select_related("dataset").filter(dataset=dataset)
    version = versions.filter(number=match["number"]).first()
    if version is None:
        newest_number = versions.order_by("-number").values_list("number", flat=True).first()
        newest = f"the newest is {newest_number}" if newest_number else "it has none"
        raise NotFound(f"The dataset {dataset.name} has no version {match['number']}; {newest}.")
    return version


def get_dataset(name: str) -> Dataset:
    """Raises NotFound, with the names near it."""
    dataset = Dataset.objects.filter(name=name).first()
    if dataset is None:
        known = Dataset.objects.values_list("name", flat=True)[:2000]
        raise NotFound(f"There is no dataset {name!r}.{near(name, known)} Add it with add_dataset.")
    return dataset
