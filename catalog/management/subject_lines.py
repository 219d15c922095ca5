"""The pages of models, datasets and their versions as lines for people."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from catalog.exceptions import counted
from catalog.management.catalog_command import short
from catalog.management.text_tables import NONE, aligned, metric_table, number_text, size_text, stated_text
from catalog.models import AuditEvent, Dataset, DatasetVersion, ModelVersion, RegisteredModel

if TYPE_CHECKING:
    from catalog.services.datasets.version_changes import VersionChanges
    from catalog.services.registry.subjects import CatalogSubject

VERSIONS_SHOWN = 20
EVENTS_LISTED = 10
CHANGES_WIDTH = 40


def subject_lines(subject: "CatalogSubject", values: Mapping[str, Any], changes: "VersionChanges | None") -> list[str]:
    """`values` are those that recorded_values() gives, `changes` those of a dataset's version since an earlier one."""
    match subject:
        case ModelVersion():
            return [*_version(subject, values), *_history(subject)]
        case DatasetVersion():
            return [*_dataset_version(subject, values), *_changes(changes), *_history(subject)]
        case RegisteredModel():
            return [*_model(subject, values), *_history(subject)]
        case Dataset():
            return [*_dataset(subject), *_history(subject)]


def _version(version: ModelVersion, values: Mapping[str, Any]) -> list[str]:
    from catalog.services.registry.facts import metric_rows, production_alias

    alias = production_alias(version)
    production = alias.model_version if alias else None
    attached = [[file["name"], size_text(file["size_bytes"]), short(file["sha256"])] for file in version.attachments]
    held = f", {', '.join(version.alias_names)}" if version.alias_names else ""
    facts = {
        "estimator": version.estimator,
        "task": version.registered_model.task,
        "dataset": version.dataset_reference,
        "target": version.target,
        "created": f"{version.created_at:%Y-%m-%d %H:%M} by {version.created_by}",
        "in production": production.reference if production else "",
        **_file_facts(version, values),
        "rows weigh by": version.weighted_by,
        "random state": "" if version.random_state is None else str(version.random_state),
        "code revision": version.code_state,
        "failure": version.failure,
        "copied from": version.provenance.get("copied_from", ""),
        "imported from": version.provenance.get("imported_from", ""),
        "left out": "; ".join(version.provenance.get("left_out", [])),
        "tags": _tags(version),
        "notes": version.notes,
    }
    return [
        f"{version.reference}: {version.state}{held}",
        *_facts(facts),
        *_section(
            "Metrics as stated by its uploader" if version.has_stated_metrics else "Metrics on held-out rows",
            _indented(metric_table(metric_rows(version, production), version, production)),
        ),
        *_section("Checks", _checks(version)),
        *_section("Measured here since", _measured(version)),
        *_section("Attached files", _indented(aligned(attached)) if attached else []),
        *_section("Parameters", _facts({name: str(value) for name, value in version.params.items()})),
        *_section("Inputs", _columns(version.signature.get("inputs", []))),
        *_section("Libraries", _facts(version.environment.get("versions", {}))),
    ]


def _checks(version: ModelVersion) -> list[str]:
    """Those that fired, and what was not checked."""
    from catalog.services.evaluation.recorded_checks import recorded_checks, unmade_checks

    fired = [
        f"{check.code}: {check.sentence}" + (f" Muted: {check.muted}" if check.muted else "")
        for check in recorded_checks(version)
    ]
    return _indented([*fired, *filter(None, [unmade_checks(version)])])


def _measured(version: ModelVersion) -> list[str]:
    from catalog.services.registry.facts import newest_evaluations

    main = version.registered_model.primary_metric
    rows = [
        [
            f"{evaluation.created_at:%Y-%m-%d %H:%M}",
            f"{main} {number_text(evaluation.metrics.get(main, {}).get('value'))}",
            f"on {evaluation.rows_text}",
            f"beside {evaluation.against}" if evaluation.against else "",
        ]
        for evaluation in newest_evaluations(version, most=EVENTS_LISTED)
    ]
    return _indented(aligned(rows)) if rows else []


def _file_facts(version: ModelVersion | DatasetVersion, values: Mapping[str, Any]) -> dict[str, str]:
    return {"file": values["uri"], "size": size_text(version.size_bytes), "sha256": version.sha256}


def _dataset_version(version: DatasetVersion, values: Mapping[str, Any]) -> list[str]:
    facts = {
        "rows": f"{version.row_count:,}",
        "columns": f"{len(version.schema):,}",
        "format": version.get_file_format_display(),
        "files": f"{version.part_count:,}" if version.part_count else "",
        "created": f"{version.created_at:%Y-%m-%d %H:%M} by {version.created_by}",
        "source": version.source_uri,
        "notes": version.notes,
        "tags": _tags(version),
        **_file_facts(version, values),
        "failure": version.failure,
    }
    trained = version.model_versions.not_trashed().select_related("registered_model").order_by("-pk")
    names = [user.reference for user in trained.only("number", "registered_model__name")[:VERSIONS_SHOWN]]
    return [
        f"dataset {version.reference}: {version.state}",
        *_facts(facts),
        *_section("Columns", _columns(version.schema)),
        *_section("Trained on it", _indented(names)),
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
        for column in changes.columns[:VERSIONS_SHOWN]
    ]
    table = aligned([["column", "moved", "missing", "mean", "came, went"], *rows]) if rows else []
    return _section(f"Since {changes.before.reference}", _indented([*changes.facts, *table]))


def _model(model: RegisteredModel, values: Mapping[str, Any]) -> list[str]:
    from catalog.services.registry.facts import newest_versions

    facts = {
        "task": model.task,
        "main metric": model.primary_metric,
        "aliases": ", ".join(f"{name}: version {number}" for name, number in sorted(values["aliases"].items())),
        "created": f"{model.created_at:%Y-%m-%d %H:%M}",
        "tags": _tags(model),
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
        for version in newest_versions(model, most=VERSIONS_SHOWN)
    ]
    head = ["version", "status", "aliases", "estimator", model.primary_metric, "dataset", "created", "by"]
    return [f"model {model.name}", *_facts(facts), *_table("Newest versions", head, rows)]


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
        for version in newest_versions(dataset, most=VERSIONS_SHOWN)
    ]
    head = ["version", "status", "rows", "columns", "size", "created", "by", "digest"]
    facts = {
        "created": f"{dataset.created_at:%Y-%m-%d %H:%M}",
        "tags": _tags(dataset),
        "description": dataset.description,
    }
    return [f"dataset {dataset.name}", *_facts(facts), *_table("Newest versions", head, rows)]


def _tags(subject: "CatalogSubject") -> str:
    return ", ".join(f"{key}={value}" for key, value in subject.tags.items())


def _history(subject: "CatalogSubject") -> list[str]:
    from catalog.services.registry.facts import history

    events = list(history(subject)[:EVENTS_LISTED])
    return _section("History", _indented(aligned([_event(event, subject) for event in events])) if events else [])


def _event(event: AuditEvent, subject: "CatalogSubject") -> list[str]:
    about = "" if event.version_number is None else f"version {event.version_number}"
    is_of_version = isinstance(subject, ModelVersion | DatasetVersion)
    return [f"{event.at:%Y-%m-%d %H:%M}", event.actor, *([] if is_of_version else [about]), event.sentence]


def _columns(columns: Sequence[Mapping[str, Any]]) -> list[str]:
    named = aligned([[column["name"], column["type"]] for column in columns[:VERSIONS_SHOWN]]) if columns else []
    more = len(columns) - VERSIONS_SHOWN
    return _indented([*named, *([f"and {counted(more, 'column')} more"] if more > 0 else [])])


def _facts(facts: Mapping[str, str]) -> list[str]:
    """Those that are known, beside their names; a text of several lines below its name's column."""
    known = {name: value.splitlines() for name, value in facts.items() if value}
    if not known:
        return []
    width = max(map(len, known)) + 4
    lines = []
    for name, texts in known.items():
        lines.append(f"  {name}".ljust(width) + (texts[0] if texts else ""))
        lines += [f"{'':{width}}{text}" for text in texts[1:]]
    return lines


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return _section(title, _indented(aligned([head, *rows])) if rows else [])


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return ["", title, *lines] if lines else []


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]
