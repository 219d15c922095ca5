from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandParser

from catalog.management.argument_names import program
from catalog.management.catalog_command import short
from catalog.management.row_lists import ListCommand, check_limit, peek
from catalog.management.text_tables import add_wide_option, stated_text
from catalog.models import ModelVersion
from catalog.models.names import tag_texts

SHOWN_METRICS = 4
WHERE_HELP = (
    "Only those for which it holds, as 'metric.roc_auc > 0.8 and tag.stage = eu and dataset = churn:3'. Fields: "
    "metric.NAME, tag.KEY, model, version, dataset, state, alias, estimator, by, "
    "created; =, !=, <, <=, >, >=; and, or, not, ( )."
)


class Command(ListCommand):
    help = (
        "List the versions of a model, or of all, with their states, the newest first; also those in the archive and "
        "the trash."
    )
    example = "versions churn --where 'metric.roc_auc > 0.8' --limit 20"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", nargs="?", default="", help="The model's name; without it, all.")
        parser.add_argument("--limit", type=int, metavar="N", help="Only the newest N versions.")
        add_wide_option(parser)
        parser.add_argument("--where", default="", metavar="FILTER", help=WHERE_HELP)

    def handle(self, *, name: str, limit: int | None, wide: bool, where: str, json: bool, **options: Any) -> None:
        from catalog.services.registry.listings import list_versions

        limit = check_limit(limit)
        versions = list_versions(name=name, limit=limit, condition=where)
        if json:
            self.report_rows("versions", versions, _values, name=name or None)
            return
        first, every = peek(versions)
        shown, has_tags = _shown_metrics(first), any(version.tags for version in first)
        head = [
            "version",
            "status",
            "aliases",
            "estimator",
            *shown,
            *(["tags"] if has_tags else []),
            "dataset",
            "created",
            "by",
            "digest",
        ]
        rows = _rows(every, shown, numbered=bool(name), has_tags=has_tags)
        spare = ["digest", "by", *reversed(shown[1:]), "tags", "estimator", "dataset", "created"]
        self.report_table(head, rows, _nothing(name, where), spare=spare, wide=wide)


def _nothing(name: str, where: str) -> str:
    if where:
        return f"No version{f' of {name}' if name else ''} matches {where}"
    begin = f"Train one: {program()} train_model {name or 'NAME'}"
    return f"{name} has no versions yet. {begin}" if name else f"There is no version yet. {begin}"


def _values(version: ModelVersion) -> dict[str, Any]:
    return {
        "reference": version.reference,
        "version": version.number,
        "status": version.status,
        "state": version.state,
        "aliases": version.alias_names,
        "estimator": version.estimator,
        "metrics": {name: metric["value"] for name, metric in version.metrics.items()},
        "metrics_are_stated": version.has_stated_metrics,
        "tags": version.tags,
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


def _rows(versions: Iterator[ModelVersion], shown: list[str], *, numbered: bool, has_tags: bool) -> Iterator[list[str]]:
    """By number where all are of one model; else by reference."""
    for version in versions:
        yield [
            str(version.number) if numbered else version.reference,
            version.state,
            ", ".join(version.alias_names) or "–",
            version.estimator,
            *(stated_text(version.metrics.get(name, {}).get("value"), version.has_stated_metrics) for name in shown),
            *([", ".join(tag_texts(version.tags)) or "–"] if has_tags else []),
            version.dataset_reference or "–",
            f"{version.created_at:%Y-%m-%d %H:%M}",
            version.created_by,
            short(version.sha256),
        ]
