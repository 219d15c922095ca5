from typing import Any

from django.core.management.base import CommandParser

from catalog.exceptions import InvalidRequest
from catalog.management.catalog_command import CatalogCommand
from catalog.management.showing.subject_lines import subject_lines
from catalog.management.showing.version_lines import MOST_MEASURED
from catalog.management.text_tables import evaluation_values
from catalog.models import DatasetVersion, ModelVersion


class Command(CatalogCommand):
    help = "Show all that the catalog knows of a model, a dataset or a version, as the site's pages do."
    example = "show dataset:churn:3 --since 1"
    changes_state = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "reference",
            metavar="REF",
            help="A model's name; name:3, name:latest or name@alias; dataset:name or dataset:name:2.",
        )

        parser.add_argument(
            "--since", type=int, metavar="N", help="Of a version of a dataset: what changed since version N of it."
        )

    def handle(self, *, reference: str, since: int | None, json: bool, **options: Any) -> None:
        from catalog.services.datasets.version_changes import changes_since
        from catalog.services.registry.facts import kind_of_subject, newest_evaluations, recorded_values
        from catalog.services.registry.subjects import find_subject, subject_reference

        subject = find_subject(reference)
        values, changes = recorded_values(subject), None
        if isinstance(subject, DatasetVersion):
            changes = changes_since(subject, since)
        elif since is not None:
            raise InvalidRequest("`since` is of versions of datasets, as dataset:flights:3.")
        if isinstance(subject, ModelVersion):
            values["evaluations"] = [evaluation_values(row) for row in newest_evaluations(subject, most=MOST_MEASURED)]
        named = {"reference": subject_reference(subject), "kind": kind_of_subject(subject)}
        compared = {"changes": changes.as_json()} if changes else {}
        self.report(json, {**named, **values, **compared}, [] if json else subject_lines(subject, values, changes))
