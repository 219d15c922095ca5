from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand, add_alias_options, login_name
from catalog.management.text_tables import change_line, change_values, review_lines


class Command(CatalogCommand):
    help = "Point an alias back to the version that held it before."
    example = "rollback churn --reason 'complaints from sales'"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="The model's name.")
        add_alias_options(parser)

    def handle(self, *, name: str, alias: str, reason: str, json: bool, **options: Any) -> None:
        from catalog.services.registry.change_review import review_rollback, roll_back_reviewed

        review = review_rollback(name=name, alias=alias)
        self.tell(review_lines(review))
        self.warn(review.cautions)
        change = roll_back_reviewed(review=review, actor=login_name(), reason=reason)
        self.report(json, change_values(change), [change_line(change)])
