from typing import Any

from django.core.management.base import CommandParser

from catalog.management.argument_names import program
from catalog.management.row_lists import ListCommand, check_limit
from catalog.management.text_tables import add_wide_option, stated_text
from catalog.models import ModelVersion

HEAD = ("model", "task", "versions", "production", "main metric", "", "created")


class Command(ListCommand):
    help = "List the models by name, each with the version that is in production."
    example = "models --limit 20"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, metavar="N", help="Only the first N models.")
        add_wide_option(parser)

    def handle(self, *, limit: int | None, wide: bool, json: bool, **options: Any) -> None:
        from catalog.services.registry.listings import list_models

        limit = check_limit(limit)
        models = list_models(limit=limit)
        if json:
            self.report_rows("models", models, _values)
            return
        nothing = f"There is no model yet. Train one: {program()} train_model NAME --dataset D --target COLUMN"
        self.report_table(HEAD, map(_cells, models), nothing, spare=["created", "task", "versions"], wide=wide)


def _values(model: Any) -> dict[str, Any]:
    return {
        "name": model.name,
        "task": model.task,
        "primary_metric": model.primary_metric,
        "versions": model.version_count or 0,
        "production": model.production_number,
        "production_value": model.production_value,
        "production_value_is_stated": model.production_origin == ModelVersion.Origin.UPLOADED,
        "created": model.created_at,
    }


def _cells(model: Any) -> list[str]:
    return [
        model.name,
        model.task,
        f"{model.version_count or 0:,}",
        str(model.production_number or "–"),
        model.primary_metric,
        stated_text(model.production_value, model.production_origin == ModelVersion.Origin.UPLOADED),
        f"{model.created_at:%Y-%m-%d}",
    ]
