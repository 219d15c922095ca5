from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand, login_name
from catalog.management.curation_commands import add_curation_arguments, moved_values, trashed_lines


class Command(CatalogCommand):
    help = "Move a version that nothing uses to the trash. purge_trash deletes it for good; restore_version undoes it."

    def add_arguments(self, parser: CommandParser) -> None:
        add_curation_arguments(parser, "name:3")

    def handle(self, *, reference: str, reason: str, json: bool, **options: Any) -> None:
        from catalog.services.registry.curation import move_to_trash
        from catalog.services.registry.references import find_model_version

        before = find_model_version(reference)
        version = move_to_trash(version=before, actor=login_name(), reason=reason)
        self.report(json, moved_values(version, before), trashed_lines(version, "restore_version"))
