from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand, login_name
from catalog.management.curation_commands import add_curation_arguments, moved_values, restored_line


class Command(CatalogCommand):
    help = "Bring a version back: out of the trash as it was before, or out of the archive into use."

    def add_arguments(self, parser: CommandParser) -> None:
        add_curation_arguments(parser, "name:3")

    def handle(self, *, reference: str, reason: str, json: bool, **options: Any) -> None:
        from catalog.services.registry.curation import restore
        from catalog.services.registry.references import find_model_version

        before = find_model_version(reference)
        version = restore(version=before, actor=login_name(), reason=reason)
        self.report(json, moved_values(version, before), [restored_line(version, before)])
