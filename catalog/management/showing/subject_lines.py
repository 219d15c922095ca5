"""The pages of models, datasets and their versions as lines for people."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from catalog.management.catalog_command import short
from catalog.management.output import size_text
from catalog.management.showing.sections import (
    ROWS_SHOWN,
    column_lines,
    facts_block,
    file_facts,
    indented,
    section,
    table_section,
    tags_text,
)
from catalog.management.showing.version_lines import version_lines
from catalog.management.text_tables import NONE, aligned, number_text, stated_text
from catalog.models import AuditEvent, Dataset, DatasetVersion, ModelVersion, RegisteredModel

if TYPE_CHECKING:
    from catalog.services.datasets.version_changes import VersionChanges
    from catalog.services.registry.subjects import CatalogSubject

EVENTS_LISTED = 10
CHANGES_WIDTH = 40


def subject_lines(subject: "CatalogSubject", values: Mapping[str, Any], changes: "VersionChanges | None") -> list[str]:
    """`values` are those that recorded_values() gives, `changes` those of a dataset's version since an earlier one."""
    match subject:
        case ModelVersion():
            return [*version_lines(subject, values), *_history(subject)]
        case DatasetVersion():
            return [*_dataset_version(subject, values), *_changes(changes), *_history(subject)]
        case RegisteredModel():
            return [*_model(subject, values), *_history(subject)]
        case Dataset():
            return [*_dataset(subject), *_history(subject)]


def _dataset_version(version: DatasetVersion, values: Mapping[str, Any]) -> list[str]:
    facts = {
        "rows": f"{version.row_count:,}",
        "columns": f"{len(version.schema):,}",
        "format": version.get_file_format_display(),
        "files": f"{version.part_count:,}" if version.part_count else "",
        "created": f"{version.created_at:%Y-%m-%d %H:%M} by {version.created_by}",
        "source": version.source_uri,
        "notes": version.notes,
        "tags": tags_text(version),
        **file_facts(version, values),
        "failure": version.failure,
    }
    trained = version.model_versions.not_trashed().select_related("registered_model").order_by("-pk")
    names = [user.reference for user in trained.only("number", "registered_model__name")[:ROWS_SHOWN]]
    return [
        f"dataset {version.reference}: {version.state}",
        *facts_block(facts),
        *section("Columns", column_lines(version.schema)),
        *section("Trained on it", indented(names)),
    ]


def _changes(changes: "VersionChanges | None") -> list[str]:
    """What moved most first; `moved` is the Jensen–Shannon distance, from 0 to 1."""
    if changes is None:
        return []
    rows = [
        [
            f"{column.name} (target)" if column in changes.targets else column.name,
            f"{column.distance:.2f}",
            " → ".join(dict.fromkeys(f"{share:.1%}" for share in column.missing)),
            " → ".join(dict.fromkeys(map(number_text, column.mean))),
            ", ".join([*(f"+{name}" for name in column.came), *(f"-{name}" for name in column.went)])[:CHANGES_WIDTH],
        ]
        for column in changes.columns[:ROWS_SHOWN]
    ]
    table = aligned([["column", "moved", "missing", "mean", "came, went"], *rows]) if rows else []
    return section(f"Since {changes.before.reference}", indented([*changes.facts, *table]))


def _model(model: RegisteredModel, values: Mapping[str, Any]) -> list[str]:
    from catalog.services.registry.facts import newest_versions

    facts = {
        "task": model.task,
        "main metric": model.primary_metric,
        "aliases": ", ".join(f"{name}: version {number}" for name, number in sorted(values["aliases"].items())),
        "created": f"{model.created_at:%Y-%m-%d %H:%M}",
        "tags": tags_text(model),
        "description": model.description,
        "intended use": model.intended_use,
        "limitations": model.limitations,
    }
    rows = [
        [
            str(version.number),
            version.state,
            ", ".join(version.alias_names) or NONE,
            version.estimator,
            stated_text(version.primary_value, version.has_stated_metrics),
            version.dataset_reference or NONE,
            f"{version.created_at:%Y-%m-%d %H:%M}",
            version.created_by,
        ]
        for version in newest_versions(model, most=ROWS_SHOWN)
    ]
    head = ["version", "status", "aliases", "estimator", model.primary_metric, "dataset", "created", "by"]
    return [f"model {model.name}", *facts_block(facts), *table_section("Newest versions", head, rows)]


def _dataset(dataset: Dataset) -> list[str]:
    from catalog.services.registry.facts import newest_versions

    rows = [
        [
            str(version.number),
            version.state,
            f"{version.row_count:,}",
            f"{len(version.schema):,}",
            size_text(version.data_bytes),
            f"{version.created_at:%Y-%m-%d %H:%M}",
            version.created_by,
            short(version.sha256),
        ]
        for version in newest_versions(dataset, most=ROWS_SHOWN)
    ]
    head = ["version", "status", "rows", "columns", "size", "created", "by", "digest"]
    facts = {
        "created": f"{dataset.created_at:%Y-%m-%d %H:%M}",
        "tags": tags_text(dataset),
        "description": dataset.description,
    }
    return [f"dataset {dataset.name}", *facts_block(facts), *table_section("Newest versions", head, rows)]


def _history(subject: "CatalogSubject") -> list[str]:
    from catalog.services.registry.facts import history

    events = list(history(subject)[:EVENTS_LISTED])
    return section("History", indented(aligned([_event(event, subject) for event in events])) if events else [])


def _event(event: AuditEvent, subject: "CatalogSubject") -> list[str]:
    about = "" if event.version_number is None else f"version {event.version_number}"
    is_of_version = isinstance(subject, ModelVersion | DatasetVersion)
    return [f"{event.at:%Y-%m-%d %H:%M}", event.actor, *([] if is_of_version else [about]), event.sentence]
