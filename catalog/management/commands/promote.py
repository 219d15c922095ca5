from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand, add_alias_options, login_name
from catalog.management.text_tables import change_line, change_values


class Command(CatalogCommand):
    help = "Point an alias, production unless another is named, to a version."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reference", metavar="REF", help="name:3, name:latest or name@alias.")
        add_alias_options(parser)

    def handle(self, *, reference: str, alias: str, reason: str, json: bool, **options: Any) -> None:
        from catalog.services.registry.aliases import promote

        change = promote(reference=reference, alias=alias, actor=login_name(), reason=reason)
        self.report(json, change_values(change), [change_line(change)])
