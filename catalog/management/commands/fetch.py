from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand, login_name, short
from catalog.management.text_tables import size_text


class Command(CatalogCommand):
    help = "Bring the file of a version to this machine, verified by its digest."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "reference",
            metavar="REF",
            help="name (in production), name:3, name:latest, name@alias; dataset:name (its newest) or dataset:name:2.",
        )
        parser.add_argument(
            "--output", "-o", default="", metavar="FILE", help="A path or s3://bucket/key (default: here, by its name)."
        )

    def handle(self, *, reference: str, output: str, json: bool, **options: Any) -> None:
        from catalog.services.persistence.object_downloads import fetch_file
        from catalog.services.registry.subjects import find_version, subject_reference

        version = find_version(reference)
        target = fetch_file(version=version, target=output, actor=login_name(), progress=self.progress())
        named, size = subject_reference(version), version.size_bytes
        values = {"reference": named, "sha256": version.sha256, "bytes": size, "output": target}
        self.report(json, values, [f"{named} ({short(version.sha256)}, {size_text(size)}) is in {target}."])
