import pickle
from pathlib import Path
from typing import Any

import pytest

from catalog.exceptions import InvalidRequest
from catalog.models import ModelVersion, RegisteredModel
from catalog.services.uploads.import_models import import_models, name_and_order, needs_pickles, plan_import
from tests.hostile_models import fitted, skops_bytes, touching_pickle
from tests.uploading import assert_nothing_is_left

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inspected_here")]


@pytest.mark.parametrize(
    ("stem", "name", "order"),
    [
        ("churn_v3", "churn", (3,)),
        ("churn-3", "churn", (3,)),
        ("churn", "churn", ()),
        ("Churn Model v2", "churn-model", (2,)),
        ("churn (4)", "churn", (4,)),
        ("churn.v10", "churn", (10,)),
        ("churn_V007", "churn", (7,)),
        ("churn_v1.2", "churn", (1, 2)),
        ("churn_2024-05-01", "churn", (2024, 5, 1)),
        ("resnet50", "resnet50", ()),
        ("v3", "v3", ()),
        ("_private__x_v1", "private__x", (1,)),
        ("çhurn_v1", "hurn", (1,)),
    ],
)
def test_names_and_numbers_come_from_file_names(stem: str, name: str, order: tuple[int, ...]) -> None:
    assert name_and_order(stem) == (name, order)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three versions of churn out of order, one of another model, and what is no model."""
    models = tmp_path / "models"
    models.mkdir()
    for number, kind in ((10, "tree"), (2, "logistic"), (3, "forest")):
        (models / f"churn_v{number}.skops").write_bytes(skops_bytes(fitted(kind)))
    (models / "price.skops").write_bytes(skops_bytes(fitted("boosting")))
    (models / "readme.md").write_text("Old models.")
    (models / "archive").mkdir()
    return models


def references(folder: Path) -> list[tuple[str, str]]:
    done = import_models(plan=plan_import(folder=str(folder)), actor="ada")
    return [(one.path.name, one.added.reference if one.added else one.problem) for one in done]


def test_the_plan_changes_nothing(folder: Path) -> None:
    plan = plan_import(folder=str(folder))
    assert [(one.path.name, one.name, one.number) for one in plan] == [
        ("churn_v2.skops", "churn", 2), ("churn_v3.skops", "churn", 3), ("churn_v10.skops", "churn", 10),
        ("price.skops", "price", None),
    ]  # fmt: skip
    assert all(one.is_new for one in plan)
    assert_nothing_is_left()


def test_every_file_is_quarantined_under_its_own_number(folder: Path) -> None:
    assert references(folder) == [
        ("churn_v2.skops", "churn:2"), ("churn_v3.skops", "churn:3"), ("churn_v10.skops", "churn:10"),
        ("price.skops", "price:1"),
    ]  # fmt: skip
    assert set(ModelVersion.objects.values_list("status", flat=True)) == {"QUARANTINED"}
    assert ModelVersion.objects.get(number=3).notes == "Imported from churn_v3.skops."
    assert RegisteredModel.objects.get(name="churn").next_number == 11


def test_a_second_run_adds_nothing(folder: Path) -> None:
    references(folder)
    (folder / "churn_v2.skops").rename(folder / "other_v9.skops")
    plan = plan_import(folder=str(folder))
    assert [one.present.reference for one in plan if one.present] == ["churn:3", "churn:10", "churn:2", "price:1"]
    assert all(one.added is None for one in import_models(plan=plan, actor="ada"))
    assert ModelVersion.objects.count() == 4


def test_a_number_that_is_taken_gives_the_next(folder: Path) -> None:
    references(folder)
    (folder / "churn_v4.skops").write_bytes(skops_bytes(fitted("histogram")))
    assert ("churn_v4.skops", "churn:11") in references(folder)


def test_copies_of_a_file_are_taken_once(folder: Path) -> None:
    (folder / "churn_v3 (1).skops").write_bytes((folder / "churn_v3.skops").read_bytes())
    assert ("churn_v3 (1).skops", "it has the same bytes as churn_v3.skops") in references(folder)


def test_a_refused_file_does_not_stop_the_others(folder: Path) -> None:
    (folder / "churn_v1.skops").write_bytes(b"PK\x03\x04 broken")
    (folder / "churn_v5.skops").write_bytes(pickle.dumps(1))
    done = dict(references(folder))
    assert "no intact zip file" in done["churn_v1.skops"]
    assert "is named as a skops file, but its first bytes are those of a pickle" in done["churn_v5.skops"]
    assert ModelVersion.objects.count() == 4


def test_a_model_of_two_tasks_keeps_the_first(folder: Path) -> None:
    (folder / "churn_v11.skops").write_bytes(skops_bytes(fitted("histogram")))
    (folder / "churn_v12.skops").write_bytes((folder / "price.skops").read_bytes())
    (folder / "price.skops").unlink()
    assert "does regression, and classification was expected" in dict(references(folder))["churn_v12.skops"]


def test_pickles_are_counted_and_need_the_setting(tmp_path: Path, settings: Any) -> None:
    for number in (1, 2):
        (tmp_path / f"m_v{number}.pkl").write_bytes(pickle.dumps(fitted("tree")) + b"" * number)
    (tmp_path / "m_v2.pkl").write_bytes(pickle.dumps(fitted("logistic")))
    plan = plan_import(folder=str(tmp_path))
    assert needs_pickles(plan) == 2
    settings.CATALOG["ALLOW_PICKLE_UPLOADS"] = True
    assert needs_pickles(plan) == 0
    assert references(tmp_path) == [("m_v1.pkl", "m:1"), ("m_v2.pkl", "m:2")]
    assert RegisteredModel.objects.get().task == "classification"


def test_planning_and_importing_run_nothing_of_a_pickle(tmp_path: Path, settings: Any) -> None:
    settings.CATALOG["ALLOW_PICKLE_UPLOADS"] = True
    (tmp_path / "m_v1.pkl").write_bytes(touching_pickle(tmp_path / "marker"))
    done = import_models(plan=plan_import(folder=str(tmp_path)), actor="ada", task="regression")
    assert done[0].added is not None
    assert not (tmp_path / "marker").exists()


@pytest.mark.parametrize("folder_name", ["nowhere", "x" * 5000, "a\0b", "\x1b[31m"])
def test_a_folder_that_is_not_there_is_said_in_one_short_line(folder_name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="There is no folder") as caught:
        plan_import(folder=f"{tmp_path}/{folder_name}")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000
