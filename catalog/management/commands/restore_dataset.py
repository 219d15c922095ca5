from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand, login_name
from catalog.management.curation_commands import add_curation_arguments, moved_values, restored_line


class Command(CatalogCommand):
    help = "Bring a dataset version back out of the trash."

    def add_arguments(self, parser: CommandParser) -> None:
        add_curation_arguments(parser, "name:2")

    def handle(self, *, reference: str, reason: str, json: bool, **options: Any) -> None:
        from catalog.services.registry.curation import restore
        from catalog.services.registry.references import find_dataset_version

        before = find_dataset_version(reference)
        version = restore(version=before, actor=login_name(), reason=reason)
        self.report(json, moved_values(version, before), [restored_line(version, before)])
