"""The page of a model's version as lines for people."""

from collections.abc import Mapping
from typing import Any

from catalog.management.catalog_command import short
from catalog.management.output import size_text
from catalog.management.showing.sections import column_lines, facts_block, file_facts, indented, section, tags_text
from catalog.management.text_tables import aligned, metric_table, number_text
from catalog.models import ModelVersion

MOST_IMPORTANT = MOST_MEASURED = 10


def version_lines(version: ModelVersion, values: Mapping[str, Any]) -> list[str]:
    from catalog.services.registry.facts import metric_rows, production_alias
    from catalog.services.training.repeat_command import repeat_command

    alias = production_alias(version)
    production = alias.model_version if alias else None
    attached = [[file["name"], size_text(file["size_bytes"]), short(file["sha256"])] for file in version.attachments]
    held = f", {', '.join(version.alias_names)}" if version.alias_names else ""
    return [
        f"{version.reference}: {version.state}{held}",
        *facts_block(_version_facts(version, values, production)),
        *section(
            "Metrics as stated by its uploader" if version.has_stated_metrics else "Metrics on held-out rows",
            indented(metric_table(metric_rows(version, production), version, production)),
        ),
        *section("Stated too, measured elsewhere", _stated(version)),
        *section("Checks", _checks(version)),
        *section("Measured since", _measured(version)),
        *section("Importances", _importances(version)),
        *section("Attached files", indented(aligned(attached)) if attached else []),
        *section("Parameters", facts_block(_texts(version.params))),
        *section("Not at their defaults", facts_block(_texts(version.chosen_params))),
        *section("To repeat it", indented(repeat_command(version).splitlines())),
        *section("Inputs", column_lines(version.signature.get("inputs", []))),
        *section("Libraries", facts_block(version.environment.get("versions", {}))),
    ]


def _version_facts(version: ModelVersion, values: Mapping[str, Any], production: ModelVersion | None) -> dict[str, str]:
    return {
        "estimator": version.estimator,
        "task": version.registered_model.task,
        "dataset": version.dataset_reference,
        "target": version.target,
        "created": f"{version.created_at:%Y-%m-%d %H:%M} by {version.created_by}",
        "in production": production.reference if production else "",
        **file_facts(version, values),
        "rows weigh by": version.weighted_by,
        "columns left out": "\n".join(f"{name}: {why}" for name, why in version.report.get("left_out", {}).items()),
        "random state": "" if version.random_state is None else str(version.random_state),
        "code revision": version.code_state,
        "failure": version.failure,
        "copied from": version.provenance.get("copied_from", ""),
        "imported from": _imported_from(version),
        "left out": "; ".join(version.provenance.get("left_out", [])),
        "tags": tags_text(version),
        "notes": version.notes,
    }


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}


def _imported_from(version: ModelVersion) -> str:
    told: str = version.provenance.get("imported_from", "")
    return told if not told or version.provenance.get("signed") else f"{told}, as {version.created_by} says"


def _stated(version: ModelVersion) -> list[str]:
    """What the uploader of a version says was measured of it elsewhere."""
    lines = []
    for told in version.provenance.get("evaluations", []):
        metrics = ", ".join(f"{name} {number_text(value)}" for name, value in told["metrics"].items())
        of = f"the held-out rows of {told['rows_of']}" if told["rows_of"] else f"the rows of {told['dataset']}"
        lines.append(f"{told['rows']:,} of {of}: {metrics}; {told['by']}, {told['at'][:10]}")
    return indented(lines)


def _checks(version: ModelVersion) -> list[str]:
    """Those that fired, and what was not checked."""
    from catalog.services.evaluation.recorded_checks import recorded_checks, unmade_checks

    fired = [
        f"{check.code}: {check.sentence}" + (f" Muted: {check.muted}" if check.muted else "")
        for check in recorded_checks(version)
    ]
    return indented([*fired, *filter(None, [unmade_checks(version)])])


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
        for evaluation in newest_evaluations(version, most=MOST_MEASURED)
    ]
    return indented(aligned(rows)) if rows else []


def _importances(version: ModelVersion) -> list[str]:
    records = version.report.get("importances", [])[:MOST_IMPORTANT]
    return indented(aligned([[item["feature"], number_text(item["mean"])] for item in records])) if records else []
