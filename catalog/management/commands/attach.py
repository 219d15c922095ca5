from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand, login_name, short
from catalog.management.output import size_text


class Command(CatalogCommand):
    help = "Keep a plot, a vocabulary or the like with a model version. `fetch REF --attachment NAME` brings it back."
    example = "attach churn:3 roc.png --name roc.png"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reference", metavar="REF", help="name (in production), name:3, name:latest or name@alias.")
        parser.add_argument("source", metavar="FILE", help="A path or s3://bucket/key.")
        parser.add_argument("--name", default="", metavar="NAME", help="What it is called there (default: as here).")
        parser.add_argument("--reason", default="", help="Why, for the history.")

    own_argument_names = {"source": "FILE", "name": "--name"}

    def handle(self, *, reference: str, source: str, name: str, reason: str, json: bool, **options: Any) -> None:
        from catalog.services.registry.attachments import attach_file, find_attached
        from catalog.services.registry.subjects import named_version

        version = attach_file(
            version=named_version(reference),
            source=source,
            name=name,
            actor=login_name(),
            reason=reason,
            progress=self.progress(),
        )
        file = find_attached(version, name or source.rpartition("/")[2])
        values = {"reference": version.reference, "name": file.name, "sha256": file.sha256, "bytes": file.size_bytes}
        told = f"{file.name} ({short(file.sha256)}, {size_text(file.size_bytes)})"
        self.report(json, values, [f"{version.reference} has the file {told}."])
