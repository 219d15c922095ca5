from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from catalog.exceptions import InvalidRequest
from catalog.management.catalog_command import CatalogCommand, login_name
from catalog.management.token_lines import token_values

LONGEST_DAYS = 36_500


class Command(CatalogCommand):
    help = "Make a token that serve_models takes, and print it, this once."
    example = "create_token shop --model churn --days 90"
    own_argument_names = {"model_names": "--model"}

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="Of the program or person that gets it.")
        parser.add_argument(
            "--model",
            dest="model_names",
            action="append",
            metavar="NAME",
            help="A model that it may ask (default: all).",
        )
        parser.add_argument("--metrics", action="store_true", help="It may read /metrics too.")
        parser.add_argument("--days", type=int, metavar="N", help="It ends after so many days (default: never).")
        parser.add_argument("--reason", default="", help="Why, for the history.")

    def handle(
        self,
        *,
        name: str,
        model_names: list[str],
        metrics: bool,
        days: int | None,
        reason: str,
        json: bool,
        **options: Any,
    ) -> None:
        from catalog.services.serving.serving_tokens import create_token

        if days is not None and not 1 <= days <= LONGEST_DAYS:
            raise InvalidRequest(f"`days` must be from 1 to {LONGEST_DAYS:,}, not {days}.")
        new = create_token(
            name=name,
            actor=login_name(),
            model_names=model_names or (),
            predict_only=not metrics,
            expires_at=None if days is None else timezone.now() + timedelta(days=days),
            reason=reason,
        )
        end = f", until {new.row.expires_at:%Y-%m-%d %H:%M %Z}" if new.row.expires_at else ""
        lines = [f"Token {new.row.name} for {new.row.scope}{end}. It is shown this once:", new.text]
        self.report(json, {**token_values(new.row), "token": new.text}, lines)
