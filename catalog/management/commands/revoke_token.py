from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand, login_name
from catalog.management.token_lines import token_values


class Command(CatalogCommand):
    help = "Revoke a token: servers refuse it from their next look on."
    example = "revoke_token shop --reason 'it got into a repository'"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="Of the token, as `tokens` lists it.")
        parser.add_argument("--reason", default="", help="Why, for the history.")

    def handle(self, *, name: str, reason: str, json: bool, **options: Any) -> None:
        from catalog.services.serving.serving_tokens import revoke_token

        row = revoke_token(name=name, actor=login_name(), reason=reason)
        self.report(json, token_values(row), [f"The token {name} is revoked."])
