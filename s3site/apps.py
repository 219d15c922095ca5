from typing import Any

from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core import checks


class CatalogAdminConfig(SimpleAdminConfig):
    """Django's admin with the catalog's home page; its pages are imported with the URLs, not for every command."""

    default_site = "s3site.admin.CatalogAdminSite"

    def ready(self) -> None:
        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(check_pages, checks.Tags.admin)


def check_pages(app_configs: Any, **options: Any) -> list[checks.CheckMessage]:
    """Django's own checks of an admin, once all of its pages are registered."""
    from django.contrib import admin

    admin.autodiscover()
    messages: list[checks.CheckMessage] = check_admin_app(app_configs, **options)
    return messages
