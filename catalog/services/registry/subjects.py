"""What a reference at the terminal is about: a model, a dataset, or one version of either."""

from catalog.exceptions import NotFound
from catalog.models import Dataset, DatasetVersion, ModelVersion, RegisteredModel
from catalog.reference_syntax import NUMBERED
from catalog.services.registry.references import (
    DATASET_REFERENCE,
    find_dataset_version,
    find_model_version,
    get_dataset,
    get_dataset_version,
    get_model_version,
    get_registered_model,
)

CatalogSubject = Dataset | DatasetVersion | ModelVersion | RegisteredModel
DATASET = "dataset:"


def find_subject(reference: str) -> CatalogSubject:
    """`name` is the model, `name:3`, `name:latest` and `name@alias` are versions of it; after `dataset:` the same of a
    dataset. What has a number is found whatever its state.

    Raises InvalidReference, NotFound, or NotReady.
    """
    if reference.startswith(DATASET):
        return _find_dataset(reference.removeprefix(DATASET))
    try:
        return named_version(reference) if {":", "@"} & set(reference) else get_registered_model(reference)
    except NotFound as error:
        match = DATASET_REFERENCE.fullmatch(reference)
        if match is None or not Dataset.objects.filter(name=match["name"]).exists():
            raise
        raise NotFound(f"{error} There is a dataset of that name: write {DATASET}{reference}.") from error


def named_version(reference: str) -> ModelVersion:
    """The version with its number, whatever its state, or the READY one that another reference names."""
    return find_model_version(reference) if NUMBERED.fullmatch(reference) else get_model_version(reference)


def find_version(reference: str) -> DatasetVersion | ModelVersion:
    """One version: of a model, the one in production unless the reference says another; of a dataset the newest."""
    if not reference.startswith(DATASET):
        return named_version(reference)
    subject = _find_dataset(reference.removeprefix(DATASET))
    return get_dataset_version(subject.name) if isinstance(subject, Dataset) else subject


def _find_dataset(reference: str) -> Dataset | DatasetVersion:
    if NUMBERED.fullmatch(reference):
        return find_dataset_version(reference)
    return get_dataset_version(reference) if ":" in reference else get_dataset(reference)


def subject_reference(subject: CatalogSubject) -> str:
    """As find_subject() takes it."""
    prefix = DATASET if isinstance(subject, Dataset | DatasetVersion) else ""
    return f"{prefix}{subject}"
