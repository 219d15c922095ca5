from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand, login_name
from catalog.management.curation_commands import add_curation_arguments
from catalog.management.upload_lines import upload_lines, upload_values, version_and_digest


class Command(CatalogCommand):
    help = "Approve an uploaded version: its bytes as they are, and the types that its inspection names."
    example = "approve_version churn:3 --reason 'read its inspection'"

    def add_arguments(self, parser: CommandParser) -> None:
        add_curation_arguments(parser, "name:3")
        parser.add_argument("--by", default="", metavar="USER", help="Who approves it (default: the login name).")

    def handle(self, *, reference: str, reason: str, by: str, json: bool, **options: Any) -> None:
        from catalog.services.registry.references import find_model_version
        from catalog.services.uploads.approval import approve

        version = approve(
            version=find_model_version(reference),
            actor=by or login_name(),
            reason=reason,
            # Whoever runs commands here owns the machine on which the file will run.
            may_approve_pickles=True,
            progress=self.progress(),
        )
        first = f"Approved {version_and_digest(version)}: it is READY."
        self.report(json, upload_values(version), [first, *upload_lines(version)])
