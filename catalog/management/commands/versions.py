from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandParser

from catalog.exceptions import InvalidRequest
from catalog.management.catalog_command import CatalogCommand, short
from catalog.management.text_tables import aligned, number_text
from catalog.models import ModelVersion

SHOWN_METRICS = 4


class Command(CatalogCommand):
    help = "List the versions of a model with their states, the newest first; also those in the archive and the trash."
    changes_state = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="The model's name.")
        parser.add_argument("--limit", type=int, metavar="N", help="Only the newest N versions.")

    def handle(self, *, name: str, limit: int | None, json: bool, **options: Any) -> None:
        from catalog.services.registry.aliases import list_versions

        if limit is not None and limit < 1:
            raise InvalidRequest(f"--limit {limit} must be at least 1.")
        versions = list_versions(name=name, limit=limit)
        if json:
            self.report(json, {"name": name, "versions": [_values(version) for version in versions]}, [])
            return
        empty = [f"{name} has no versions yet. Train one: manage.py train_model {name}"]
        self.report(json, {}, _lines(versions) or empty)


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


def _lines(versions: Iterable[ModelVersion]) -> list[str]:
    """A table; of each version only the texts are kept."""
    names: dict[str, None] = {}
    rows = []
    for version in versions:
        names = names or {version.registered_model.primary_metric: None}
        names |= dict.fromkeys(version.metrics)
        values = {name: number_text(metric.get("value")) for name, metric in version.metrics.items()}
        rows.append((_before_metrics(version), values, _after_metrics(version)))
    if not rows:
        return []
    shown = list(names)[:SHOWN_METRICS]
    head = ["version", "status", "aliases", "estimator", *shown, "dataset", "created", "by", "digest"]
    none = number_text(None)
    return aligned(
        [head, *([*before, *(values.get(name, none) for name in shown), *after] for before, values, after in rows)]
    )


def _before_metrics(version: ModelVersion) -> list[str]:
    return [str(version.number), version.state, ", ".join(version.alias_names) or "–", version.estimator]


def _after_metrics(version: ModelVersion) -> list[str]:
    created = f"{version.created_at:%Y-%m-%d %H:%M}"
    return [version.dataset_reference, created, version.created_by, short(version.sha256)]
