from typing import Any

from catalog.management.catalog_command import CatalogCommand
from catalog.management.token_lines import token_rows, token_values

NONE_YET = "There is no token yet. Make one: manage.py create_token NAME"


class Command(CatalogCommand):
    help = "List the tokens that serve_models takes, by name, with their scope and end."
    changes_state = False

    def handle(self, *, json: bool, **options: Any) -> None:
        from catalog.services.serving.serving_tokens import list_tokens

        rows = list_tokens()
        self.report(json, {"tokens": [token_values(row) for row in rows]}, token_rows(rows) if rows else [NONE_YET])
