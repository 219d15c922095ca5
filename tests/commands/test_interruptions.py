"""Ctrl-C and SIGTERM in the middle of commands of several steps: each says what it did, and what it did not."""

import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from catalog.management.interruptions import Terminated
from catalog.models import ModelVersion, Prediction
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.storage.local import LocalCatalogStorage
from tests.commands.conftest import Run
from tests.commands.test_import_models import models
from tests.inspecting import inspected_here
from tests.services.integrity.catalogs import another, beside, make_sound, path_of
from tests.services.integrity.rebuilds import empty_database
from tests.summary import count

__all__ = ["inspected_here"]

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}
Interrupt = Callable[..., None]


@pytest.fixture(params=SIGNALS, ids=lambda number: signal.Signals(number).name)
def signum(request: pytest.FixtureRequest) -> Iterator[int]:
    """Whatever the shell that started the tests does with it: what runs in its background ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield int(request.param)
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def interrupt(monkeypatch: pytest.MonkeyPatch, signum: int) -> Interrupt:
    """Interrupt the command before or after the nth call of a function whose first arguments match the words."""

    def arm(owner: Any, name: str, *, words: str = "", nth: int = 1, after: bool = False) -> None:
        original, calls = getattr(owner, name), 0

        def called(*arguments: Any, **options: Any) -> Any:
            nonlocal calls
            is_meant = words in " ".join(map(str, arguments[:2]))
            calls += is_meant
            if is_meant and calls == nth and not after:
                signal.raise_signal(signum)
            answer = original(*arguments, **options)
            if is_meant and calls == nth and after:
                signal.raise_signal(signum)
            return answer

        monkeypatch.setattr(owner, name, called)

    return arm


@pytest.fixture
def sound(late_v1: ModelVersion) -> ModelVersion:
    return make_sound(late_v1)


def test_purge_trash_names_what_is_gone_what_is_half_gone_and_what_stays(
    run: Run, sound: ModelVersion, interrupt: Interrupt, signum: int
) -> None:
    for _ in range(3):
        another(sound)
    ModelVersion.objects.filter(number__gt=1).update(trashed_at=timezone.now())
    interrupt(LocalCatalogStorage, "delete_own", words="v0003")
    outcome = run("purge_trash", "--older-than", "0d", "--yes")
    assert (outcome.code, outcome.out) == (SIGNALS[signum], "")
    assert outcome.err == (
        "Interrupted. Done: purged late:2, purged late:3. Perhaps half done: late:3. "
        "Not done: late:4. Run the command again: it goes on with the rest."
    )
    assert sorted(ModelVersion.objects.values_list("number", flat=True)) == [1, 4]
    count("interruptions that told what was done and what was not")


def test_json_is_one_object_that_says_the_same(
    run: Run, sound: ModelVersion, interrupt: Interrupt, signum: int
) -> None:
    another(sound)
    ModelVersion.objects.filter(number=2).update(trashed_at=timezone.now())
    interrupt(LocalCatalogStorage, "delete_own", words="v0002", nth=2)
    outcome = run("purge_trash", "--older-than", "0d", "--yes", "--json")
    assert outcome.json == {
        "interrupted": signal.Signals(signum).name,
        "message": outcome.err,
        "done": ["purged late:2"],
        "perhaps_half_done": ["late:2"],
        "not_done": [],
    }
    count("interruptions that told what was done and what was not")


@pytest.mark.usefixtures("inspected_here")
def test_import_models_names_what_was_added(run: Run, tmp_path: Path, interrupt: Interrupt) -> None:
    folder = models(tmp_path)
    interrupt(LocalCatalogStorage, "put", words="price")
    outcome = run("import_models", folder, "--yes")
    added, failed = "model uploaded churn:3", "price:1 is FAILED"
    assert outcome.err == (
        f"Interrupted. Done: {added}, {failed}. Perhaps half done: price.skops. "
        "Run the command again: it goes on with the rest."
    )
    assert "1 versions added" not in outcome.out
    count("interruptions that told what was done and what was not")


def test_a_repair_names_what_was_repaired(run: Run, sound: ModelVersion, interrupt: Interrupt) -> None:
    version = another(sound)
    beside(sound).unlink()
    beside(version).unlink()
    interrupt(LocalCatalogStorage, "put", words="v0002")
    outcome = run("verify_catalog", "--repair", "--yes")
    assert "Done: store the manifest of late:1. Perhaps half done: store the manifest of late:2." in outcome.err
    assert (beside(sound).exists(), beside(version).exists()) == (True, False)
    count("interruptions that told what was done and what was not")


@pytest.mark.parametrize("after", [False, True])
def test_a_rebuild_adds_all_or_nothing_and_says_which(
    run: Run, sound: ModelVersion, interrupt: Interrupt, after: bool
) -> None:
    from catalog.services.integrity.rebuild import rebuild_catalog, restore_rows

    empty_database()
    interrupt(*((rebuild_catalog, "_count_unvouched") if after else (restore_rows, "_raise_numbers")))
    outcome = run("rebuild_catalog", "--yes")
    if after:
        assert re.fullmatch(r"Interrupted\. Done: \d+ records were added\.", outcome.err)
    else:
        assert outcome.err == "Interrupted: nothing was kept."
    assert ModelVersion.objects.exists() == after
    count("interruptions that told what was done and what was not")


def test_a_move_counts_what_was_copied(run: Run, sound: ModelVersion, interrupt: Interrupt, settings: Any) -> None:
    source = path_of("")
    options = {"location": source.with_name("elsewhere")}
    settings.STORAGES = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": options}}
    interrupt(LocalCatalogStorage, "put", nth=3)
    outcome = run("move_objects", source, "--yes")
    keys = sorted(path.relative_to(source).as_posix() for path in source.rglob("[!.]*") if path.is_file())
    assert outcome.err == (
        f"Interrupted. Done: 2 objects copied. Not done: what comes after {keys[1]}. "
        "Run the command again: it goes on where it was."
    )
    count("interruptions that told what was done and what was not")


def test_a_training_that_is_stored_stands_without_its_alias(
    run: Run, sound: ModelVersion, interrupt: Interrupt
) -> None:
    from catalog.services.training import after_training

    interrupt(after_training, "promote")
    outcome = run(
        "train_model",
        "late",
        "--dataset=departures",
        "--target=late",
        "--estimator=dummy",
        "--alias=production",
        "--reason=the only one",
    )
    assert outcome.err == "Interrupted. Done: model trained late:2. Perhaps half done: the alias production."
    count("interruptions that told what was done and what was not")


def test_a_training_that_is_not_stored_is_a_failed_version(run: Run, sound: ModelVersion, interrupt: Interrupt) -> None:
    interrupt(LocalCatalogStorage, "put", words="v0002")
    outcome = run("train_model", "late", "--dataset=departures", "--target=late", "--estimator=dummy")
    assert outcome.err == "Interrupted. Done: late:2 is FAILED."
    assert ModelVersion.objects.get(number=2).status == "FAILED"
    count("interruptions that told what was done and what was not")


@pytest.mark.parametrize(
    ("name", "told"),
    [("publish", "Perhaps half done: write {}."), ("finish", "Done: {} is written.")],
)
def test_an_output_that_is_written_is_told_of(
    run: Run, sound: ModelVersion, interrupt: Interrupt, tmp_path: Path, name: str, told: str
) -> None:
    from catalog.services.prediction import predict

    output = tmp_path / "out.csv"
    interrupt(predict, name)
    outcome = run("predict", "late:1", "-i", "dataset:departures", "-o", output)
    assert outcome.err == f"Interrupted. {told.format(output)}"
    assert (output.exists(), Prediction.objects.latest("created_at").status) == (name == "finish", "FAILED")
    count("interruptions that told what was done and what was not")


def test_a_file_that_is_fetched_is_told_of(run: Run, sound: ModelVersion, interrupt: Interrupt, tmp_path: Path) -> None:
    from catalog.services.persistence import object_downloads

    interrupt(object_downloads, "record_event")
    outcome = run("fetch", "late:1", "--output", tmp_path / "model.joblib")
    assert outcome.err == f"Interrupted. Done: {tmp_path}/model.joblib is written."
    count("interruptions that told what was done and what was not")


def test_a_receipt_that_failed_is_told_of(run: Run, sound: ModelVersion, interrupt: Interrupt) -> None:
    interrupt(LocalCatalogStorage, "put", words="predictions.csv")
    outcome = run("predict", "late:1", "-i", "dataset:departures")
    receipt = Prediction.objects.latest("created_at")
    assert (outcome.err, receipt.status) == (f"Interrupted. Done: the receipt {receipt.pk} is FAILED.", "FAILED")
    count("interruptions that told what was done and what was not")


def test_what_was_rolled_back_is_not_told_of(run: Run, sound: ModelVersion, interrupt: Interrupt) -> None:
    from catalog.services.registry import aliases

    another(sound)
    interrupt(aliases, "record_event", after=True)
    outcome = run("promote", "late:2")
    assert outcome.err.splitlines()[-1] == "Interrupted: nothing was kept."  # below what a promotion reviews
    assert verify_catalog().findings == []


def test_what_only_looks_has_nothing_to_say(run: Run, sound: ModelVersion, interrupt: Interrupt) -> None:
    interrupt(LocalCatalogStorage, "walk")
    assert run("verify_catalog").err == "Interrupted."


def test_a_probe_is_removed(run: Run, db: None, interrupt: Interrupt) -> None:
    interrupt(LocalCatalogStorage, "fetch")
    assert run("check_storage").err == "Interrupted."
    assert [path for path in path_of("").rglob("*") if path.is_file()] == []


def test_sigterm_is_an_interruption() -> None:
    assert issubclass(Terminated, KeyboardInterrupt)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
