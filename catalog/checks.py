"""System checks: what `manage.py check` and `runserver` say about the catalog's set-up."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Info, register


@register
def object_storage(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Say plainly when objects are kept on this machine alone."""
    if settings.AWS_BUCKET_NAME:
        return []
    location = settings.STORAGES["default"]["OPTIONS"]["location"]
    return [
        Info(
            f"Objects are kept on this machine, in {location}.",
            hint="Set AWS_BUCKET_NAME and its keys in .env to share them through S3.",
            id="catalog.I001",
        )
    ]
