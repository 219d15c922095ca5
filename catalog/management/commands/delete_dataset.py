from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand, login_name
from catalog.management.curation_commands import add_curation_arguments, moved_values, trashed_lines


class Command(CatalogCommand):
    help = "Move a dataset version that nothing uses to the trash. restore_dataset undoes it."

    def add_arguments(self, parser: CommandParser) -> None:
        add_curation_arguments(parser, "name:2")

    def handle(self, *, reference: str, reason: str, json: bool, **options: Any) -> None:
        from catalog.services.registry.curation import move_to_trash
        from catalog.services.registry.references import find_dataset_version

        before = find_dataset_version(reference)
        version = move_to_trash(version=before, actor=login_name(), reason=reason)
        self.report(json, moved_values(version, before), trashed_lines(version, "restore_dataset"))
