"""Notes, renaming and copying at a terminal."""

import io

import pytest

from catalog.models import Dataset, DatasetVersion, ModelVersion, RegisteredModel
from tests.commands.conftest import Run


def test_a_note_replaces_what_was_there(run: Run, late_v1: ModelVersion) -> None:
    run("note", "late:1", "First")
    assert run("note", "late:1", "Second").out == "late:1: the notes are kept.\n"
    assert ModelVersion.objects.get().notes == "Second"


def test_what_is_emptied_is_called_so(run: Run, late_v1: ModelVersion) -> None:
    run("note", "late:1", "First")
    assert run("note", "late:1", "").out == "late:1: the notes are empty now.\n"
    assert run("note", "late", " ").out == "late: the description is empty now.\n"


def test_a_note_is_added_below(run: Run, late_v1: ModelVersion) -> None:
    run("note", "late:1", "First", "--append")
    assert run("note", "late:1", "Second", "--append", "--json").json == {
        "reference": "late:1",
        "notes": "First\n\nSecond",
    }


def test_models_and_datasets_are_described(run: Run, late_v1: ModelVersion) -> None:
    assert run("note", "late", "Late or not").out == "late: the description is kept.\n"
    run("note", "dataset:departures", "All of 2013")
    assert (RegisteredModel.objects.get().description, Dataset.objects.get().description) == (
        "Late or not",
        "All of 2013",
    )


def test_a_note_is_read_from_standard_input(run: Run, late_v1: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("# Seen\n\ntwice\n"))
    run("note", "late:1")
    assert ModelVersion.objects.get().notes == "# Seen\n\ntwice"


def test_a_version_of_a_dataset_has_notes_of_its_own(run: Run, late_v1: ModelVersion) -> None:
    outcome = run("note", "dataset:departures:1", "Without March")
    assert outcome.lines == ["dataset:departures:1: the notes are kept."]
    version = DatasetVersion.objects.select_related("dataset").get()
    assert (version.notes, version.dataset.description) == ("Without March", "")
    assert "  notes    Without March" in run("show", "dataset:departures:1").lines


def test_a_model_is_renamed_and_its_old_name_leads_to_the_new_one(run: Run, late_v1: ModelVersion) -> None:
    assert run("rename_model", "late", "delays", "--reason", "Clearer").out == (
        "late is called delays now. Its files stay below models/late/, and new ones go there too.\n"
    )
    assert run("show", "late:1").err == "The model 'late' is called delays now. Write delays."
    assert run("show", "delays:1").lines[0] == "delays:1: READY"


def test_renaming_has_the_promised_json(run: Run, late_v1: ModelVersion) -> None:
    result = run("rename_model", "late", "delays", "--json").json
    assert result == {"name": "delays", "stored_as": "late", "former_names": ["late"]}


def test_a_name_that_is_taken_is_one_line(run: Run, late_v1: ModelVersion) -> None:
    outcome = run("rename_model", "late", "late")
    assert (outcome.err, outcome.code) == ("NEW_NAME: late is what the model is called already.", 1)


def test_a_version_is_copied(run: Run, late_v1: ModelVersion) -> None:
    outcome = run("copy_version", "late:1", "delays")
    assert outcome.out == f"delays:1 (sha256 {late_v1.sha256[:12]}…) is a copy of late:1.\n"
    assert "  copied from    late:1" in run("show", "delays:1").lines


def test_copying_has_the_promised_json(run: Run, late_v1: ModelVersion) -> None:
    result = run("copy_version", "late:1", "delays", "--json").json
    assert result == {"reference": "delays:1", "copied_from": "late:1", "sha256": late_v1.sha256}
