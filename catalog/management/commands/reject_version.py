from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand, login_name
from catalog.management.curation_commands import add_curation_arguments
from catalog.management.upload_lines import upload_values, version_and_digest


class Command(CatalogCommand):
    help = "Reject an uploaded version that waits for approval. It is never loaded; delete_version removes it."
    example = "reject_version churn:3 --reason 'from nobody we know'"

    def add_arguments(self, parser: CommandParser) -> None:
        add_curation_arguments(parser, "name:3")
        parser.add_argument("--by", default="", metavar="USER", help="Who rejects it (default: the login name).")

    def handle(self, *, reference: str, reason: str, by: str, json: bool, **options: Any) -> None:
        from catalog.services.registry.references import find_model_version
        from catalog.services.uploads.approval import reject

        version = reject(version=find_model_version(reference), actor=by or login_name(), reason=reason)
        self.report(json, upload_values(version), [f"Rejected {version_and_digest(version)}."])
