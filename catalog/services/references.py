"""References: `name`, `name:3`, `name:latest` and `name@alias`, and the versions that they name."""

import re

from catalog.exceptions import InvalidReference, NotFound, NotReady, near
from catalog.models import Alias, Dataset, DatasetVersion, ModelVersion, RegisteredModel
from catalog.models.names import PATTERN, RULE

DEFAULT_ALIAS = "production"
MODEL_REFERENCE = re.compile(
    rf"(?P<name>{PATTERN})(?::(?P<number>[1-9]\d{{0,8}}|latest)|@(?P<alias>{PATTERN}))?", re.ASCII
)
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
    model = get_registered_model(match["name"])
    versions = ModelVersion.objects.select_related("registered_model", "dataset_version__dataset").filter(
        registered_model=model
    )
    if match["number"] is None:
        return _aliased(model, match["alias"] or DEFAULT_ALIAS)
    if match["number"] == "latest":
        newest = versions.ready().order_by("-number").first()
        if newest is None:
            raise NotFound(f"{model.name} has no version that is ready. Train one with train_model {model.name}.")
        return newest
    version = versions.filter(number=match["number"]).first()
    if version is None:
        raise NotFound(f"{model.name} has no version {match['number']}. `manage.py versions {model.name}` lists them.")
    if version.state != ModelVersion.Status.READY:
        raise NotReady(f"{version.reference} is {version.state}{_because(version.failure)}. Choose another version.")
    return version


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
    dataset = Dataset.objects.filter(name=match["name"]).first()
    if dataset is None:
        known = Dataset.objects.values_list("name", flat=True)[:2000]
        raise NotFound(f"There is no dataset {match['name']!r}.{near(match['name'], known)} Add it with add_dataset.")
    versions = DatasetVersion.objects.select_related("dataset").filter(dataset=dataset)
    if match["number"] in {None, "latest"}:
        newest = versions.ready().order_by("-number").first()
        if newest is None:
            raise NotFound(f"The dataset {dataset.name} has no version that is ready. Add one with add_dataset.")
        return newest
    version = versions.filter(number=match["number"]).first()
    if version is None:
        newest_number = versions.order_by("-number").values_list("number", flat=True).first()
        raise NotFound(f"The dataset {dataset.name} has no version {match['number']}; the newest is {newest_number}.")
    if version.status != DatasetVersion.Status.READY:
        raise NotReady(f"{version.reference} is {version.status}{_because(version.failure)}. Choose another version.")
    return version


def _because(failure: str) -> str:
    return f" ({failure[:200]})" if failure else ""
