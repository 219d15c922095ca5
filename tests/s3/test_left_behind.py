"""A bucket that is named after a catalog was begun on this machine: it is said, and how to bring the objects there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog.models import ModelVersion
from catalog.services.integrity.left_behind import left_behind
from catalog.storage.interface import catalog_storage
from tests.commands.conftest import Run, run
from tests.s3.storages import moto_storage, moto_url
from tests.services.integrity.catalogs import make_sound
from tests.services.snapshots import late_version

__all__ = ["moto_storage", "moto_url", "run"]


@pytest.fixture
def begun_here(run: Run, settings: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The folder in which a dataset and a model were kept before the bucket was named."""
    late_version().restore()
    make_sound(ModelVersion.objects.select_related("registered_model", "dataset_version__dataset").get())
    folder = tmp_path / "objects"
    settings.CATALOG["LOCAL_OBJECTS"] = folder
    assert left_behind() == ""
    request.getfixturevalue("moto_storage")
    return folder


def test_commands_say_what_was_left_behind_and_how_to_bring_it(begun_here: Path, run: Run) -> None:
    said = f"The records tell of objects in {begun_here}, where they were kept before {catalog_storage().uri('')} was"
    advice = f"manage.py move_objects {begun_here} --yes."
    for command in (["check_storage"], ["promote", "late:1"], ["note", "late:1", "x"]):
        warned = run(*command).err
        assert (said in warned, advice in warned) == (True, True), f"{command} {warned}"
    assert f"Note: {said}" in run("verify_catalog").out


def test_nothing_is_said_any_more_once_they_were_moved(begun_here: Path, run: Run) -> None:
    moved = run("move_objects", begun_here, "--yes")
    assert (moved.code, moved.err) == (0, "")
    promoted = run("promote", "late:1")
    assert (promoted.code, "The records tell of" in promoted.err) == (0, False)
    outcome = run("verify_catalog")
    assert (outcome.code, outcome.lines[-1]) == (0, "Nothing is wrong.")


def test_objects_in_the_folder_of_before_are_found_too(begun_here: Path, settings: Any) -> None:
    """AWS_LOCATION may have been set before the bucket was, and is a folder of var/objects then."""
    location = str(settings.STORAGES["default"]["OPTIONS"]["location"])
    within = begun_here.parent / "more" / location
    within.parent.mkdir(parents=True)
    begun_here.rename(within)
    settings.CATALOG["LOCAL_OBJECTS"] = begun_here.parent / "more"
    assert f"objects in {within}," in left_behind()


@pytest.mark.parametrize("change", [lambda folder: folder.rename(folder.with_name("away")), lambda folder: None])
def test_it_is_said_as_long_as_the_folder_is_there(begun_here: Path, change: Callable[[Path], object]) -> None:
    change(begun_here)
    assert bool(left_behind()) == begun_here.is_dir()
