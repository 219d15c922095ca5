import json as json_module
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from catalog.exceptions import InvalidRequest
from catalog.management.catalog_command import CatalogCommand, login_name
from catalog.management.output import prints_aside
from catalog.management.training_lines import trained_lines, trained_values
from catalog.ml.training.estimator_names import SEARCHES, TARGETLESS_TASKS

OPTIONS: dict[str, dict[str, Any]] = {
    "--dataset": {"required": True, "metavar": "D[:N]", "help": "The dataset; its newest version unless N is given."},
    "--target": {
        "default": "",
        "metavar": "COLUMN[,COLUMN]",
        "help": "The column to predict, or several; clustering and outliers have none.",
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
    "--metric": {
        "default": "",
        "metavar": "NAME",
        "help": "The main metric of a new model: the catalog's or any scorer of scikit-learn, as neg_brier_score.",
    },
    "--sample-weight": {
        "default": "",
        "metavar": "COLUMN",
        "help": "How much each row weighs when it is learned from.",
    },
    "--class-weight": {"choices": ["balanced"], "default": "", "help": "Let each class weigh alike."},
    "--notes": {"default": "", "help": "Kept with the version."},
    "--alias": {"default": "", "help": "Promote the new version to this alias, such as production."},
    "--reason": {"default": "", "help": "Why it shall hold the alias, when the change takes a reason."},
    "--compare-with": {
        "default": "",
        "metavar": "ALIAS|REF",
        "help": "Measure this version on the new one's held-out rows, and say whether the new one is better.",
    },
    "--background": {"action": "store_true", "help": "Queue it for a worker (make worker) and return at once."},
    "--by": {"default": "", "metavar": "USER", "help": "The author to record (default: the login name)."},
    "--site-user": {
        "action": "store_true",
        "help": "With --background and --by: they are a user of the site, and the job has their rights.",
    },
}


class Command(CatalogCommand):
    help = "Train a scikit-learn model on a dataset version and keep it as the next version of a model."
    example = "train_model churn --dataset churn --target left --estimator logistic_regression --param C=0.5"

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
        self.report(json, trained_values(trained), trained_lines(trained))


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
    except OSError as error:
        raise InvalidRequest(f"--search-space {path} can't be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"--search-space {path} can't be read as JSON: {error}.") from error
