from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand
from catalog.management.subject_lines import subject_lines


class Command(CatalogCommand):
    help = "Show all that the catalog knows of a model, a dataset or a version, as the site's pages do."
    changes_state = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "reference",
            metavar="REF",
            help="A model's name; name:3, name:latest or name@alias; dataset:name or dataset:name:2.",
        )

    def handle(self, *, reference: str, json: bool, **options: Any) -> None:
        from catalog.services.registry.facts import kind_of_subject, recorded_values
        from catalog.services.registry.subjects import find_subject, subject_reference

        subject = find_subject(reference)
        values = recorded_values(subject)
        named = {"reference": subject_reference(subject), "kind": kind_of_subject(subject)}
        self.report(json, {**named, **values}, [] if json else subject_lines(subject, values))
