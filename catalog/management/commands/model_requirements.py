import re
from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand


class Command(CatalogCommand):
    help = "Print a requirements file with what a version was trained with."
    example = "model_requirements churn:3 > requirements.txt"
    changes_state = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reference", metavar="REF", help="name (in production), name:3, name:latest or name@alias.")
        parser.add_argument("--full", action="store_true", help="Every package that was installed.")

    def handle(self, *, reference: str, full: bool, json: bool, **options: Any) -> None:
        from catalog.reference_syntax import NUMBERED
        from catalog.services.registry.references import find_model_version, get_model_version
        from catalog.services.requirements import model_requirements

        numbered = re.fullmatch(NUMBERED, reference)
        version = find_model_version(reference) if numbered else get_model_version(reference)
        lines = model_requirements(version=version, full=full)
        self.report(json, {"reference": version.reference, "requirements": lines[1:]}, lines)
