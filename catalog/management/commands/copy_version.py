from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand, login_name, short


class Command(CatalogCommand):
    help = "Copy a version to another model, new or there already: the same file, and all that is known of it."
    example = "copy_version churn:3 churn-eu --reason 'the same for Europe'"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reference", metavar="REF", help="name (in production), name:3, name:latest or name@alias.")
        parser.add_argument("new_name", metavar="NEW_NAME", help="The model that the copy is a version of.")
        parser.add_argument("--reason", default="", help="Why, for the history.")

    def handle(self, *, reference: str, new_name: str, reason: str, json: bool, **options: Any) -> None:
        from catalog.services.exchange.copy_version import copy_version
        from catalog.services.registry.subjects import named_version

        source = named_version(reference)
        version = copy_version(
            version=source, new_name=new_name, actor=login_name(), reason=reason, progress=self.progress()
        )
        values = {"reference": version.reference, "copied_from": source.reference, "sha256": version.sha256}
        line = f"{version.reference} ({short(version.sha256)}) is a copy of {source.reference}."
        self.report(json, values, [line])
