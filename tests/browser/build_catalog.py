"""Fills the site's database. `people`: one of every role, and prints their session keys. `models`: everything else."""

import json
import os
import sys
import tempfile
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from sklearn.datasets import load_digits

from tests.browser.addresses import LONG_DATASET, LONG_MODEL, PASSWORD

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.browser.settings")
django.setup()  # before which no model can be imported

from django.contrib.auth.models import Group, User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402

from catalog.models import ModelVersion  # noqa: E402
from catalog.services.evaluation.evaluate_version import evaluate_version  # noqa: E402
from catalog.services.evaluation.evaluation_request import EvaluationRequest  # noqa: E402
from catalog.services.jobs.endings import fail  # noqa: E402
from catalog.services.jobs.job_log import line  # noqa: E402
from catalog.services.jobs.leases import claim  # noqa: E402
from catalog.services.jobs.starting import start_training  # noqa: E402
from catalog.services.prediction.predict import predict  # noqa: E402
from catalog.services.prediction.prediction_request import PredictionRequest  # noqa: E402
from catalog.services.registry import curation  # noqa: E402
from catalog.services.registry.aliases import promote  # noqa: E402
from catalog.services.registry.references import get_model_version  # noqa: E402
from catalog.services.training.request import TrainingRequest  # noqa: E402
from catalog.services.uploads.add_version import add_version  # noqa: E402
from tests.factories import breast_cancer, flights, make_dataset, make_version  # noqa: E402
from tests.ml.artifacts.inspection.test_examine import neighbors  # noqa: E402

GROUPS = ("Viewers", "Trainers", "Curators")


def sign_in(user: User) -> str:
    """The key of a session in which the user is logged in."""
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[-1]
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def make_people() -> dict[str, str]:
    people = {"nobody": User.objects.create_user("nobody", password=PASSWORD, is_staff=True)}
    for name in GROUPS:
        people[name] = User.objects.create_user(name, password=PASSWORD, is_staff=True)
        people[name].groups.set([Group.objects.get(name=name)])
    people["superuser"] = User.objects.create_superuser("superuser", password=PASSWORD)
    return {role: sign_in(user) for role, user in people.items()}


def make_models(folder: Path) -> None:
    """`tumour` with three versions: the second is in production after the first, the third is worse. `air-time` with
    two that know nothing of `origin`."""
    make_dataset(folder, breast_cancer())
    make_dataset(folder, breast_cancer().drop(columns="worst radius").head(500))
    make_version(folder, dataset="cancer:1", estimator="decision_tree", params={"max_depth": 4})
    make_version(folder, dataset="cancer:1", estimator="logistic_regression", cv=3)
    make_version(folder, dataset="cancer:2", estimator="decision_tree", params={"max_depth": 1})
    make_dataset(folder, flights(600)[["carrier", "origin", "distance", "air_time"]].dropna(), "flights")
    for estimator in ("ridge", "decision_tree"):
        make_version(
            folder, name="air-time", dataset="flights", target="air_time", estimator=estimator, drop=["origin"]
        )


def make_oddities(folder: Path) -> None:
    """Names as long as they may be with ten classes, and versions that failed, are quarantined or in the trash."""
    digits = load_digits(as_frame=True, n_class=10)
    table = digits.data.iloc[:500, 20:36].assign(digit=digits.target[:500].map("digit {}".format))
    make_dataset(folder, table, LONG_DATASET)
    make_version(folder, name=LONG_MODEL, dataset=LONG_DATASET, target="digit", estimator="naive_bayes")
    promote(reference=f"{LONG_MODEL}:1", alias="production", actor="Curators", reason="The only one.")
    failed = make_version(folder, name="air-time", dataset="flights", target="air_time", estimator="dummy")
    why = "The bucket answered 503 three times while models/air-time/v0003/0123456789ab-model.joblib was stored."
    ModelVersion.objects.filter(pk=failed.pk).update(status="FAILED", failure=why)
    (folder / "neighbours.skops").write_bytes(neighbors())
    add_version(name="iris", source=str(folder / "neighbours.skops"), actor="Trainers")
    unused = make_version(folder, dataset="cancer:1", estimator="dummy")
    curation.archive(version=unused, actor="Curators", reason="No better than chance.")
    curation.move_to_trash(version=ModelVersion.objects.get(pk=unused.pk), actor="Curators")


def make_candidate(folder: Path) -> None:
    """`air-time:4`, which needs a column more than `air-time:2`, in production after the first; both are compared."""
    make_version(folder, name="air-time", dataset="flights", target="air_time", estimator="ridge")
    promote(reference="air-time:1", alias="production", actor="Curators", reason="Better than the mean.")
    promote(reference="air-time:2", alias="production", actor="Curators", reason="Long flights are no line.")
    evaluate_version(request=EvaluationRequest("air-time:4", like="air-time:2"), actor="Trainers")


def make_history() -> None:
    """Why `tumour:2` is in production, what was before, what it predicted and what people wrote."""
    promote(reference="tumour:1", alias="production", actor="Curators", reason="The first that beats the baseline.")
    promote(reference="tumour:2", alias="production", actor="Curators", reason="Fewer malignant tumours are missed.")
    promote(reference="tumour:3", alias="candidate", actor="Trainers")
    predict(request=PredictionRequest("tumour:2", "dataset:cancer:1"), actor="Trainers")
    curation.describe_model(
        model=get_model_version("tumour:2").registered_model,
        description="Tells *benign* from **malignant** tumours.",
        intended_use="A second opinion. See [the data](https://example.org/).",
        limitations="- Only adults\n- One clinic",
        actor="Curators",
    )


def make_jobs() -> None:
    """The first failed, the second waits for a worker."""
    request = TrainingRequest("tumour", "cancer", "diagnosis", estimator="svm", features=("mean area",))
    failed, _ = start_training(request=request, actor="Trainers"), start_training(request=request, actor="Curators")
    lease = claim(job_id=failed.pk, worker="gallifrey:4711")
    assert lease is not None
    problem = "svm could not be trained: ValueError: Input X contains NaN."
    log = [*failed.log, line("download: 0.4 s"), line("read: 1.2 s"), line(f"Failed: {problem}")]
    fail(lease=lease, failure=problem, log=log)


def main(step: str) -> None:
    if step == "people":
        call_command("migrate", verbosity=0)
        sys.stdout.write(json.dumps(make_people()))
        return
    with tempfile.TemporaryDirectory() as folder:
        make_models(Path(folder))
        make_history()
        make_oddities(Path(folder))
        make_candidate(Path(folder))
    make_jobs()


if __name__ == "__main__":
    main(*sys.argv[1:])
