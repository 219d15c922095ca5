from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand, add_alias_options, login_name
from catalog.management.text_tables import change_line, change_values, review_lines


class Command(CatalogCommand):
    help = "Point an alias, production unless another is named, to a version."
    example = "promote churn:2 --reason 'better roc_auc, same data'"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reference", metavar="REF", help="name:3, name:latest or name@alias.")
        add_alias_options(parser)

    def handle(self, *, reference: str, alias: str, reason: str, json: bool, **options: Any) -> None:
        from catalog.services.registry.change_review import promote_reviewed, review_promotion
        from catalog.services.registry.references import get_model_version

        review = review_promotion(version=get_model_version(reference), alias=alias)
        self.tell(review_lines(review))
        self.warn(review.cautions)
        change = promote_reviewed(reference=reference, alias=alias, actor=login_name(), reason=reason)
        self.report(json, change_values(change), [change_line(change)])
