"""Objects that stayed on this machine when a bucket was named: the records know them, and the bucket does not."""

from pathlib import Path

from django.core.files.storage import default_storage

from catalog.conf import catalog_settings
from catalog.exceptions import CatalogError, ObjectMissing
from catalog.models import DatasetVersion, ModelVersion
from catalog.storage.interface import CatalogStorage, catalog_storage
from catalog.storage.local import LocalCatalogStorage


def left_behind() -> str:
    """What to say where the oldest version's object lies in the folder of before, and not in the storage; else ''.

    A storage that does not answer is for others to tell of.
    """
    folder = catalog_settings().local_objects
    if isinstance(default_storage, LocalCatalogStorage) or not folder.is_dir():
        return ""
    key, storage = _oldest_key(), catalog_storage()
    within = (folder / str(getattr(storage, "location", "")), folder)
    place = next((place for place in within if key and (place / key).is_file()), None)
    return _advice(place, storage.uri("")) if place and _is_missing(storage, key) else ""


def _is_missing(storage: CatalogStorage, key: str) -> bool:
    try:
        storage.stat(key)
    except ObjectMissing:
        return True
    except CatalogError:
        return False
    return False


def _oldest_key() -> str:
    files = DatasetVersion.objects.filter(status=DatasetVersion.Status.READY).exclude(file="")
    artifacts = ModelVersion.objects.filter(status=ModelVersion.Status.READY)
    oldest = files.order_by("pk").values_list("file", flat=True).first()
    return str(oldest or artifacts.order_by("pk").values_list("artifact", flat=True).first() or "")


def _advice(place: Path, storage: str) -> str:
    here = place.relative_to(Path.cwd()) if place.is_relative_to(Path.cwd()) else place
    return (
        f"The records tell of objects in {here}, where they were kept before {storage} was named, and which are not "
        f"there. Bring them over: manage.py move_objects {here} --yes. Or begin with an empty database: another "
        "DATABASE_URL in .env, then manage.py migrate."
    )
