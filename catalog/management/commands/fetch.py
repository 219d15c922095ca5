from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand, login_name, short
from catalog.management.output import size_text


class Command(CatalogCommand):
    help = "Bring the file of a version to this machine, verified by its digest."
    example = "fetch churn:3 --output model.joblib"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "reference",
            metavar="REF",
            help="name (in production), name:3, name:latest, name@alias; dataset:name (its newest) or dataset:name:2.",
        )
        parser.add_argument(
            "--output", "-o", default="", metavar="FILE", help="A path or s3://bucket/key (default: here, by its name)."
        )
        parser.add_argument("--attachment", default="", metavar="NAME", help="A file that is attached to the version.")

    def handle(self, *, reference: str, output: str, attachment: str, json: bool, **options: Any) -> None:
        from catalog.services.persistence.object_downloads import fetch_attached, fetch_file
        from catalog.services.registry.subjects import find_version, named_version, subject_reference

        moved: dict[str, Any] = {"target": output, "actor": login_name(), "progress": self.progress()}
        if attachment:
            version = named_version(reference)
            file, target = fetch_attached(version=version, name=attachment, **moved)
            self._report(json, f"{version.reference}, {file.name}", file.sha256, file.size_bytes, target)
        else:
            found = find_version(reference)
            target = fetch_file(version=found, **moved)
            self._report(json, subject_reference(found), found.sha256, found.size_bytes, target)

    def _report(self, json: bool, named: str, sha256: str, size: int, target: str) -> None:
        values = {"reference": named, "sha256": sha256, "bytes": size, "output": target}
        self.report(json, values, [f"{named} ({short(sha256)}, {size_text(size)}) is in {target}."])
