"""What train_model tells of a version that it trained."""

from shlex import quote
from typing import TYPE_CHECKING, Any

from catalog.exceptions import counted
from catalog.management.argument_names import program
from catalog.management.catalog_command import short
from catalog.management.text_tables import evaluation_lines, evaluation_values, training_table
from catalog.ml.evaluation.checks.fired_checks import CheckCode, FiredCheck

if TYPE_CHECKING:
    from catalog.services.training.train_model import Trained


def trained_values(trained: "Trained") -> dict[str, Any]:
    """As JSON."""
    version = trained.version
    return {
        "reference": version.reference,
        "name": version.registered_model.name,
        "version": version.number,
        "sha256": version.sha256,
        "task": version.registered_model.task,
        "metrics": {name: metric["value"] for name, metric in version.metrics.items()},
        "weighted_by": version.weighted_by or None,
        "training": {name: metric["training"] for name, metric in version.metrics.items()},
        "baseline": {name: metric["baseline"] for name, metric in version.metrics.items()},
        "cross_validation": {
            name: {key: metric[key] for key in ("mean", "standard_deviation")}
            for name, metric in version.metrics.items()
            if "mean" in metric
        },
        "aliases": [trained.promoted.alias] if trained.promoted else [],
        "rows": version.report["rows"],
        "left_out": version.report["left_out"],
        "param_owners": version.report.get("param_owners", {}),
        "search": version.report["search"],
        "importances_sampled": version.report["importances_sampled"],
        "checks": version.report["checks"],
        "comparison": evaluation_values(trained.compared.evaluation) if trained.compared else None,
        "seconds": dict(trained.seconds),
        "warnings": trained.warnings,
    }


def trained_lines(trained: "Trained") -> list[str]:
    """For people: what it is, how well it does, what makes one doubt it, and what to do next."""
    version, rows = trained.version, trained.version.report["rows"]
    dataset = version.dataset_reference
    of = f" of {version.target}" if version.target else ""
    what = f"{version.registered_model.task}{of} from {dataset}"
    lines = [
        f"Trained {version.reference} ({short(version.sha256)}): {version.estimator}, {what}.",
        f"  {counted(rows['train'], 'row')} to train, {rows['test']:,} held out"
        + (f", {rows['missing_target']:,} without a target left out." if rows["missing_target"] else "."),
    ]
    if rows.get("measured", rows["test"]) < rows["test"]:
        lines.append(f"  Measured on {rows['measured']:,} of those held out, as many as are kept in memory.")
    lines += [f"  Parameter {name}: of {owner}." for name, owner in version.report.get("param_owners", {}).items()]
    lines += [f"  Left out {name}: {reason}." for name, reason in version.report["left_out"].items()]
    if version.report["search"]:
        lines.append(f"  Best of {version.report['search']['candidates']}: {version.report['search']['best_params']}.")
    lines += [f"  {line}" for line in training_table(version.metrics, version.registered_model.primary_metric)]
    lines += [f"  In the metrics rows weigh by {version.weighted_by}."] if version.weighted_by else []
    if sampled := version.report["importances_sampled"]:
        lines.append(
            f"  Importances of {sampled['measured']:,} of {counted(sampled['columns'], 'column')}: their time was up."
        )
    if trained.compared:
        lines += [f"  {line}" for line in evaluation_lines(trained.compared.evaluation)]
    lines += [f"  Check {check['code']}: {check['sentence']}" for check in version.report["checks"]]
    return [*lines, *_next_step(trained)]


def _next_step(trained: "Trained") -> list[str]:
    """That it holds an alias, or how to put it in production: not when it is no better than a dummy."""
    reference = trained.version.reference
    checks = [FiredCheck.from_json(values) for values in trained.version.report["checks"]]
    if trained.promoted:
        return [f"  It holds the alias {trained.promoted.alias} now."]
    if any(check.kind == CheckCode.BELOW_BASELINE for check in checks):
        return []
    if not checks:
        return [f"  Put it in production: {program()} promote {reference}"]
    check = quote(checks[0].code)
    return [
        f"  Mute a check that does not matter here: {program()} mute_check {reference} {check} --reason WHY",
        f"  Put it in production: {program()} promote {reference} --reason WHY",
    ]
