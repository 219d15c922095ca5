from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand, login_name
from catalog.management.curation_commands import add_curation_arguments, moved_values


class Command(CatalogCommand):
    help = "Take a version out of use: it can't be promoted or used until restore_version brings it back."

    def add_arguments(self, parser: CommandParser) -> None:
        add_curation_arguments(parser, "name:3")

    def handle(self, *, reference: str, reason: str, json: bool, **options: Any) -> None:
        from catalog.services.registry.curation import archive
        from catalog.services.registry.references import find_model_version

        before = find_model_version(reference)
        version = archive(version=before, actor=login_name(), reason=reason)
        line = f"{version.reference} is archived. To use it again: manage.py restore_version {version.reference}"
        self.report(json, moved_values(version, before), [line])
