from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand, login_name
from catalog.models.names import tag_texts


class Command(CatalogCommand):
    help = "Tag a model, a dataset or a version, as stage=eu, or take tags away; without either, show them."
    example = "tag churn:3 stage=eu"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "reference",
            metavar="REF",
            help="A model's name; name:3, name:latest or name@alias; dataset:name or dataset:name:2.",
        )
        parser.add_argument("tags", metavar="KEY=VALUE", nargs="*", help="Set, in place of what the key had before.")
        parser.add_argument("--remove", metavar="KEY", action="append", default=[], help="Take this tag away.")
        parser.add_argument("--reason", default="", help="Why, for the history.")

    def handle(
        self, *, reference: str, tags: list[str], remove: list[str], reason: str, json: bool, **options: Any
    ) -> None:
        from catalog.services.registry.subjects import find_subject, subject_reference
        from catalog.services.registry.tags import change_tags, parse_tags

        subject = find_subject(reference)
        if tags or remove:
            subject = change_tags(
                subject=subject, tags=parse_tags(tags), remove=remove, actor=login_name(), reason=reason
            )
        named, held = subject_reference(subject), subject.tags
        shown = ", ".join(tag_texts(held))
        self.report(json, {"reference": named, "tags": held}, [f"{named}: {shown or 'no tags'}"])
