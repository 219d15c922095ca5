from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand, login_name, short


class Command(CatalogCommand):
    help = "Write a version into a folder that another catalog takes in by import_version: manifest, file, attachments."
    example = "export churn:3 churn-3"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reference", metavar="REF", help="name (in production), name:3, name:latest or name@alias.")
        parser.add_argument("folder", metavar="DIR", help="A folder that is new or empty.")

    def handle(self, *, reference: str, folder: str, json: bool, **options: Any) -> None:
        from catalog.services.exchange.export_version import export_version
        from catalog.services.registry.subjects import named_version

        version = named_version(reference)
        target = export_version(version=version, folder=folder, actor=login_name(), progress=self.progress())
        values = {"reference": version.reference, "sha256": version.sha256, "folder": str(target)}
        self.report(json, values, [f"{version.reference} ({short(version.sha256)}) is in {target}."])
