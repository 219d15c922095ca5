from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import short
from catalog.management.row_lists import ListCommand, check_limit, peek
from catalog.management.text_tables import number_text
from catalog.models import ModelVersion

SHOWN_METRICS = 4


class Command(ListCommand):
    help = "List the versions of a model with their states, the newest first; also those in the archive and the trash."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="The model's name.")
        parser.add_argument("--limit", type=int, metavar="N", help="Only the newest N versions.")

    def handle(self, *, name: str, limit: int | None, json: bool, **options: Any) -> None:
        from catalog.services.registry.aliases import list_versions

        check_limit(limit)
        versions = list_versions(name=name, limit=limit)
        if json:
            self.report_rows("versions", versions, _values, name=name)
            return
        first, every = peek(versions)
        shown = _shown_metrics(first)
        head = ["version", "status", "aliases", "estimator", *shown, "dataset", "created", "by", "digest"]
        nothing = f"{name} has no versions yet. Train one: manage.py train_model {name}"
        self.report_table(head, _rows(every, shown), nothing)


def _values(version: ModelVersion) -> dict[str, Any]:
    return {
        "reference": version.reference,
        "version": version.number,
        "status": version.status,
        "state": version.state,
        "aliases": version.alias_names,
        "estimator": version.estimator,
        "metrics": {name: metric["value"] for name, metric in version.metrics.items()},
        "dataset": version.dataset_reference,
        "sha256": version.sha256,
        "created": version.created_at,
        "by": version.created_by,
        "failure": version.failure,
    }


def _shown_metrics(versions: list[ModelVersion]) -> list[str]:
    """The main metric of the newest version, and others of these in the order in which they come."""
    main = [version.registered_model.primary_metric for version in versions[:1]]
    return list(dict.fromkeys([*main, *(name for version in versions for name in version.metrics)]))[:SHOWN_METRICS]


def _rows(versions: Iterator[ModelVersion], shown: list[str]) -> Iterator[list[str]]:
    for version in versions:
        yield [
            str(version.number),
            version.state,
            ", ".join(version.alias_names) or "–",
            version.estimator,
            *(number_text(version.metrics.get(name, {}).get("value")) for name in shown),
            version.dataset_reference,
            f"{version.created_at:%Y-%m-%d %H:%M}",
            version.created_by,
            short(version.sha256),
        ]
