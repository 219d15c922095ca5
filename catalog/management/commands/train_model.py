import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser

from catalog.exceptions import InvalidRequest
from catalog.management.catalog_command import CatalogCommand, counted, login_name, short
from catalog.management.output import prints_aside
from catalog.management.text_tables import aligned, metric_rows
from catalog.ml.evaluation.fired_checks import CheckCode
from catalog.ml.training.estimator_names import SEARCHES, TARGETLESS_TASKS

if TYPE_CHECKING:
    from catalog.services.training.train_model import Trained


OPTIONS: dict[str, dict[str, Any]] = {
    "--dataset": {"required": True, "metavar": "D[:N]", "help": "The dataset; its newest version unless N is given."},
    "--target": {
        "default": "",
        "metavar": "COLUMN",
        "help": "The column to predict; clustering and outliers have none.",
    },
    "--task": {
        "choices": ["auto", "classification", "regression", *TARGETLESS_TASKS],
        "default": "auto",
        "help": "Default: auto, as the target says.",
    },
    "--estimator": {
        "default": "hist_gradient_boosting",
        "metavar": "NAME|module:Class",
        "help": "hist_gradient_boosting (default), logistic_regression, random_forest, ridge, svm, knn, … or a class.",
    },
    "--pipeline": {"default": "", "metavar": "module:callable", "help": "Returns a whole estimator, used as it is."},
    "--param": {"action": "append", "default": [], "metavar": "k=v", "dest": "params", "help": "Of the estimator."},
    "--features": {"action": "append", "default": [], "metavar": "a,b", "help": "Use only these columns."},
    "--drop": {"action": "append", "default": [], "metavar": "c,d", "help": "Leave these columns out."},
    "--text": {"action": "append", "default": [], "metavar": "e,f", "help": "Columns of free text to learn from."},
    "--test-size": {"type": float, "default": 0.2, "help": "The part of the rows held out (default: 0.2)."},
    "--cv": {"type": int, "default": 0, "metavar": "K", "help": "Cross-validate in K folds as well."},
    "--search": {"choices": SEARCHES, "default": "", "help": "Search for parameters."},
    "--search-space": {"metavar": "FILE.json", "help": 'Values to try, as in {"max_depth": [3, 5, null]}.'},
    "--search-iterations": {"type": int, "default": 20, "help": "Candidates of random and halving (default: 20)."},
    "--engine": {
        "choices": ["local", "dask"],
        "default": "local",
        "help": "Of the search; dask: on the cluster that DASK_SCHEDULER names (default: local).",
    },
    "--incremental": {
        "action": "store_true",
        "help": "Learn in batches, in little memory, with an estimator that has partial_fit: sgd, mlp, naive_bayes, …",
    },
    "--epochs": {
        "type": int,
        "default": 1,
        "help": "How often to learn from all rows, with --incremental (default: 1).",
    },
    "--random-state": {"type": int, "default": 0, "help": "The seed of all that is random (default: 0)."},
    "--format": {
        "choices": ["joblib", "skops"],
        "default": "joblib",
        "dest": "artifact_format",
        "help": "Of the file: joblib (default), or skops, which loads without running code from the file.",
    },
    "--split": {
        "default": "random",
        "metavar": "RULE",
        "help": "How rows are held out, and folds made: random (default), time:COLUMN, where the last rows are, or "
        "group:COLUMN, where whole groups are.",
    },
    "--notes": {"default": "", "help": "Kept with the version."},
    "--alias": {"default": "", "help": "Promote the new version to this alias, such as production."},
    "--background": {"action": "store_true", "help": "Queue it for a worker (make worker) and return at once."},
    "--by": {"default": "", "metavar": "USER", "help": "The author to record (default: the login name)."},
    "--site-user": {
        "action": "store_true",
        "help": "With --background and --by: they are a user of the site, and the job has their rights.",
    },
}


class Command(CatalogCommand):
    help = "Train a scikit-learn model on a dataset version and keep it as the next version of a model."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="The model's name.")
        for flag, options in OPTIONS.items():
            parser.add_argument(flag, **options)

    def handle(
        self, *, params: list[str], search_space: str | None, background: bool, by: str, json: bool, **options: Any
    ) -> None:
        from catalog.services.training.request import TrainingRequest
        from catalog.services.training.train_model import train_model

        names = TrainingRequest.__dataclass_fields__
        request = TrainingRequest(
            params=dict(_param(given) for given in params),
            search_space=_read_json(search_space) if search_space else None,
            **{name: value for name, value in options.items() if name in names},
        )
        actor = by or login_name()
        if background:
            from catalog.management.job_lines import job_values, queued_lines
            from catalog.services.jobs.rights import find_site_user
            from catalog.services.jobs.starting import start_training

            user = find_site_user(actor) if options["site_user"] else None
            job = start_training(request=request, actor=actor, site_user=user)
            self.report(json, job_values(job), queued_lines(job))
            return
        with prints_aside():
            trained = train_model(request=request, actor=actor, progress=self.progress())
        self.warn(trained.warnings)
        self.report(json, _values(trained), _lines(trained))


AS_JSON = {
    "None": "null", "True": "true", "False": "false", "inf": "Infinity", "-inf": "-Infinity", "nan": "NaN",
}  # fmt: skip


def _param(given: str) -> tuple[str, Any]:
    """`max_depth=3` with the value as JSON where it is JSON, or as Python writes it where JSON can't; else text."""
    name, equals, text = given.partition("=")
    if not (equals and name):
        raise InvalidRequest(f"--param {given!r} is not written as name=value.")
    try:
        return name, json_module.loads(AS_JSON.get(text, text))
    except (ValueError, RecursionError):
        return name, text


def _read_json(path: str) -> Any:
    try:
        return json_module.loads(Path(path).expanduser().read_text())
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidRequest(f"--search-space {path} can't be read as JSON: {error}.") from error


def _values(trained: "Trained") -> dict[str, Any]:
    version = trained.version
    return {
        "reference": version.reference,
        "name": version.registered_model.name,
        "version": version.number,
        "sha256": version.sha256,
        "task": version.registered_model.task,
        "metrics": {name: metric["value"] for name, metric in version.metrics.items()},
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
        "seconds": dict(trained.seconds),
        "warnings": trained.warnings,
    }


def _lines(trained: "Trained") -> list[str]:
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
    lines += [f"  {line}" for line in aligned(metric_rows(version.metrics))]
    if sampled := version.report["importances_sampled"]:
        lines.append(f"  Importances of {sampled['measured']:,} of {sampled['columns']:,} columns: their time was up.")
    lines += [f"  Check {check['code']}: {check['sentence']}" for check in version.report["checks"]]
    return [*lines, *_next_step(trained)]


def _next_step(trained: "Trained") -> list[str]:
    """That it holds an alias, or how to put it in production: not when it is no better than a dummy."""
    reference, checks = trained.version.reference, [check["code"] for check in trained.version.report["checks"]]
    if trained.promoted:
        return [f"  It holds the alias {trained.promoted.alias} now."]
    if CheckCode.BELOW_BASELINE in checks:
        return []
    if not checks:
        return [f"  Put it in production: manage.py promote {reference}"]
    return [
        f"  Mute a check that does not matter here: manage.py mute_check {reference} {checks[0]} --reason WHY",
        f"  Put it in production: manage.py promote {reference} --reason WHY",
    ]
