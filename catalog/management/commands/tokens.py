from typing import Any

from django.core.management.base import CommandParser

from catalog.management.argument_names import as_typed
from catalog.management.catalog_command import CatalogCommand
from catalog.management.text_tables import add_wide_option
from catalog.management.token_lines import token_rows, token_values

NONE_YET = "There is no token yet. Make one: manage.py create_token NAME"


class Command(CatalogCommand):
    help = "List the tokens that serve_models takes, by name, with their scope and end."
    example = "tokens"
    changes_state = False

    def add_arguments(self, parser: CommandParser) -> None:
        add_wide_option(parser)

    def handle(self, *, wide: bool, json: bool, **options: Any) -> None:
        from catalog.services.serving.serving_tokens import list_tokens

        rows = list_tokens()
        lines = token_rows(rows, wide=wide) if rows else [as_typed(NONE_YET)]
        self.report(json, {"tokens": [token_values(row) for row in rows]}, lines)
