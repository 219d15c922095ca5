"""System checks: what `manage.py check` and `runserver` say about the catalog's set-up."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, register
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import default_storage

from catalog.conf import catalog_settings
from catalog.storage.local import LocalCatalogStorage

QUEUE = "django_tasks_db"
STORAGES = ("catalog.storage.s3.S3CatalogStorage", "catalog.storage.local.LocalCatalogStorage")


@register
def object_storage(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a storage without the catalog's promises, and say plainly when objects are kept on this machine alone."""
    if not hasattr(default_storage, "put"):
        problem = f'STORAGES["default"] is {settings.STORAGES["default"]["BACKEND"]}, which may overwrite objects.'
        return [Error(problem, hint=f"Set its BACKEND to {' or '.join(STORAGES)}.", id="catalog.E001")]
    if not isinstance(default_storage, LocalCatalogStorage):
        return []
    return [
        Info(
            f"Objects are kept on this machine, in {default_storage.location}.",
            hint="Set AWS_BUCKET_NAME and its keys in .env to share them through S3.",
            id="catalog.I001",
        )
    ]


@register
def catalog_dictionary(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Say which setting of CATALOG is unknown or of another type."""
    try:
        catalog_settings()
    except ImproperlyConfigured as error:
        return [Error(str(error), hint="catalog/conf.py explains each setting.", id="catalog.E002")]
    return []


@register
def surroundings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Say what else a site needs, and lacks."""
    return list(_missing())


def _missing() -> Iterator[CheckMessage]:
    queue = settings.INSTALLED_APPS.index(QUEUE) if QUEUE in settings.INSTALLED_APPS else -1
    ours = next(at for at, app in enumerate(settings.INSTALLED_APPS) if app.split(".")[0] == "catalog")
    if queue < ours:
        hint = (
            f'Put "{QUEUE}" into INSTALLED_APPS after the catalog, whose command db_worker takes the place of its own.'
        )
        yield Error(
            "The queue of background work is missing or comes before the catalog.", hint=hint, id="catalog.E003"
        )
    if getattr(settings, "TASKS", {}).get("default", {}).get("BACKEND") != f"{QUEUE}.DatabaseBackend":
        hint = f'Set TASKS = {{"default": {{"BACKEND": "{QUEUE}.DatabaseBackend", "QUEUES": ["default"]}}}}.'
        yield Error("Background work is not kept in the database.", hint=hint, id="catalog.E004")
    if not settings.USE_TZ:
        yield Error("The catalog's times have time zones.", hint="Set USE_TZ = True.", id="catalog.E005")
