from typing import Any

from django.core.management.base import CommandParser

from catalog.management.base import CatalogCommand, short
from catalog.management.tables import aligned, number_text
from catalog.models import ModelVersion
from catalog.services.registry import list_versions

SHOWN_METRICS = 4


class Command(CatalogCommand):
    help = "List the versions of a model with their states, the newest first; also those in the archive and the trash."
    changes_state = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="The model's name.")

    def handle(self, *, name: str, json: bool, **options: Any) -> None:
        versions = list_versions(name=name)
        values = {"name": name, "versions": [_values(version) for version in versions]}
        self.report(
            json, values, _lines(versions) or [f"{name} has no versions yet. Train one: manage.py train_model {name}"]
        )


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


def _lines(versions: list[ModelVersion]) -> list[str]:
    if not versions:
        return []
    primary = versions[0].registered_model.primary_metric
    names = dict.fromkeys([primary, *(name for version in versions for name in version.metrics)])
    shown = list(names)[:SHOWN_METRICS]
    head = ["version", "status", "aliases", "estimator", *shown, "dataset", "created", "by", "digest"]
    rows = [
        [
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
        for version in versions
    ]
    return aligned([head, *rows])
