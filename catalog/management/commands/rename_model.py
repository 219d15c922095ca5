from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand, login_name


class Command(CatalogCommand):
    help = "Call a model otherwise. Its files stay where they are; references by the old name are told the new one."
    example = "rename_model churn churn-2026 --reason 'one a year'"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="What it is called now.")
        parser.add_argument("new_name", metavar="NEW_NAME", help="What it shall be called.")
        parser.add_argument("--reason", default="", help="Why, for the history.")

    def handle(self, *, name: str, new_name: str, reason: str, json: bool, **options: Any) -> None:
        from catalog.services.registry.naming import rename_model

        model = rename_model(name=name, new_name=new_name, actor=login_name(), reason=reason)
        values = {"name": model.name, "stored_as": model.stored_name, "former_names": model.former_names}
        stored = f"Its files stay below models/{model.stored_name}/, and new ones go there too."
        self.report(json, values, [f"{name} is called {model.name} now. {stored}"])
