from typing import Any

from django.core.management.base import CommandParser

from catalog.management.argument_names import program
from catalog.management.catalog_command import CatalogCommand, login_name, short
from catalog.models import ModelVersion

UNTRUSTED = "nobody whom this catalog trusts has signed it (CATALOG_TRUSTED_MANIFEST_KEYS)"


class Command(CatalogCommand):
    help = "Take in a version that another catalog has exported; it is quarantined unless its signer is trusted here."
    example = "import_version churn-3 --name churn-eu"
    own_argument_names = {"name": "--name"}

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR", help="The folder that export wrote.")
        parser.add_argument("--name", default="", metavar="NAME", help="The model here (default: as it was there).")

    def handle(self, *, folder: str, name: str, json: bool, **options: Any) -> None:
        from catalog.services.exchange.import_version import import_version

        version = import_version(folder=folder, name=name, actor=login_name(), progress=self.progress())
        values = {
            "reference": version.reference,
            "status": version.status,
            "sha256": version.sha256,
            "imported_from": version.provenance["imported_from"],
            "left_out": version.provenance["left_out"],
        }
        named = f"{version.reference} ({short(version.sha256)}), {version.provenance['imported_from']} elsewhere,"
        self.report(json, values, [f"{named} is {version.status}.", *_left_out(version), *_next_lines(version)])


def _left_out(version: ModelVersion) -> list[str]:
    left_out = version.provenance["left_out"]
    return [f"  Left out: {'; '.join(left_out)}."] if left_out else []


def _next_lines(version: ModelVersion) -> list[str]:
    if version.status == ModelVersion.Status.READY:
        return [f"  Put it in production: {program()} promote {version.reference}"]
    return [
        f"  It is quarantined: {UNTRUSTED}.",
        f"  Somebody else approves it: {program()} approve_version {version.reference} --by NAME",
    ]
