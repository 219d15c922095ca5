from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog.management.commands.purge_trash import parse_duration
from catalog.models import AuditEvent, DatasetVersion, ModelVersion
from tests.commands.conftest import Run
from tests.services.snapshots import later_version


def trashed_days_ago(days: int) -> None:
    for model in (ModelVersion, DatasetVersion):
        model.objects.exclude(trashed_at=None).update(trashed_at=timezone.now() - timedelta(days=days))


def test_delete_version_says_how_to_undo_it(run: Run, late_v1: ModelVersion) -> None:
    assert run("delete_version", "late:1").lines == [
        "late:1 is in the trash. Its file stays until `manage.py purge_trash` deletes it for good.",
        "  To bring it back: manage.py restore_version late:1",
    ]


def test_restore_version_undoes_it(run: Run, late_v1: ModelVersion) -> None:
    run("delete_version", "late:1")
    assert run("restore_version", "late:1").out == "late:1 is out of the trash: it is READY.\n"


def test_delete_dataset_and_restore_dataset(run: Run, departures_v1: DatasetVersion) -> None:
    assert (
        run("delete_dataset", "departures:1").lines[1] == "  To bring it back: manage.py restore_dataset departures:1"
    )
    assert run("restore_dataset", "departures:1").out == "departures:1 is out of the trash: it is READY.\n"


def test_archive_version_and_restore_version(run: Run, late_v1: ModelVersion) -> None:
    told = "late:1 is archived. To use it again: manage.py restore_version late:1\n"
    assert run("archive_version", "late:1").out == told
    assert run("restore_version", "late:1").out == "late:1 is out of the archive: it is READY.\n"


@pytest.mark.parametrize(
    ("command", "before", "after"),
    [("archive_version", "READY", "ARCHIVED"), ("delete_version", "READY", "TRASHED")],
)
def test_json_says_the_states(run: Run, late_v1: ModelVersion, command: str, before: str, after: str) -> None:
    there = {"reference": "late:1", "state": after, "previous_state": before}
    back = {"reference": "late:1", "state": before, "previous_state": after}
    assert (run(command, "late:1", "--json").json, run("restore_version", "late:1", "--json").json) == (there, back)


@pytest.mark.parametrize("command", ["archive_version", "restore_version", "delete_version"])
def test_the_reason_and_the_user_are_kept(run: Run, late_v1: ModelVersion, command: str) -> None:
    if command == "restore_version":
        run("archive_version", "late:1")
    run(command, "late:1", "--reason", "It drifts")
    event = AuditEvent.objects.latest("id")
    assert (event.reason, event.actor, event.reference) == ("It drifts", "ada", "late:1")


@pytest.mark.parametrize("command", ["archive_version", "restore_version", "delete_version"])
@pytest.mark.parametrize("reference", ["late", "late:latest", "late@production", "Late:1"])
def test_a_version_is_named_by_its_number(run: Run, late_v1: ModelVersion, command: str, reference: str) -> None:
    outcome = run(command, reference)
    assert (outcome.code, outcome.err) == (
        1, f"'{reference}' does not name one version. Write its number, as in name:3.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("delete_version", "late:7"), "late has no version 7. `manage.py versions late` lists them."),
        (("delete_version", "lates:1"), "There is no model 'lates'. Did you mean late?"),
        (("delete_dataset", "departures"), "'departures' does not name one version. Write its number, as in name:2."),
        (("delete_dataset", "departures:3"), "The dataset departures has no version 3; the newest is 1."),
        (("delete_dataset", "departures:1"), "departures:1 can't be deleted: late:1 was trained on it."),
        (("restore_dataset", "arrivals:1"), "There is no dataset 'arrivals'."),
        (("restore_version", "late:1"), "late:1 is READY: only what is archived or in the trash can be restored."),
        (("purge_trash", "--older-than", "soon"), "'soon' is not a duration. Write a number and a unit: 30d, 12h, "),
    ],
)
def test_what_can_not_be_done_is_one_line(
    run: Run, late_v1: ModelVersion, command: tuple[str, ...], message: str
) -> None:
    events = AuditEvent.objects.count()
    outcome = run(*command)
    assert outcome.err.startswith(message)
    assert (outcome.code, "\n" in outcome.err, AuditEvent.objects.count()) == (1, False, events)


def test_versions_shows_the_states(run: Run, late_v1: ModelVersion) -> None:
    for _ in range(2):
        later_version(late_v1)
    run("archive_version", "late:2")
    run("delete_version", "late:3")
    assert [line.split()[1] for line in run("versions", "late").lines] == ["status", "TRASHED", "ARCHIVED", "READY"]
    states = [version["state"] for version in run("versions", "late", "--json").json["versions"]]
    assert states == ["TRASHED", "ARCHIVED", "READY"]


def test_an_empty_trash_says_so(run: Run, late_v1: ModelVersion) -> None:
    run("delete_version", "late:1")
    told = "Nothing to purge: nothing has been in the trash for 30d.\n"
    assert run("purge_trash").out == run("purge_trash", "--yes").out == told
    assert ModelVersion.objects.exists()


def test_purge_trash_without_yes_is_a_list(run: Run, late_v1: ModelVersion) -> None:
    run("delete_version", "late:1")
    run("delete_dataset", "departures:1")
    trashed_days_ago(31)
    lines = run("purge_trash").lines
    assert [line.split()[:2] for line in lines[1:3]] == [["late:1", "model"], ["departures:1", "dataset"]]
    assert lines[3].startswith("Would delete 2 versions, ")
    assert lines[3].endswith("Add --yes to delete them for good.")
    assert (ModelVersion.objects.count(), DatasetVersion.objects.count()) == (1, 1)


def test_purge_trash_with_yes_deletes(run: Run, late_v1: ModelVersion) -> None:
    run("delete_version", "late:1")
    assert run("purge_trash", "--older-than", "0d", "--yes").lines[-1].startswith("Deleted for good: 1 version, ")
    assert not ModelVersion.objects.exists()


def test_purge_trash_has_json(run: Run, late_v1: ModelVersion) -> None:
    run("delete_version", "late:1")
    planned: dict[str, Any] = run("purge_trash", "--older-than", "0d", "--json").json
    done = run("purge_trash", "--older-than", "0d", "--yes", "--json").json
    assert (planned.pop("purged"), done.pop("purged")) == (False, True)
    assert planned == done
    assert (done["bytes"], done["kept"], len(done["versions"])) == (late_v1.size_bytes, {}, 1)
    assert done["versions"][0]["reference"] == "late:1"


@pytest.mark.parametrize(
    ("text", "seconds"), [("30d", 2592000), ("12h", 43200), ("2w", 1209600), ("90m", 5400), ("0d", 0), (" 1D ", 86400)]
)
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "30", "d", "-1d", "1.5d", "1y", "1000000d", "３０d", "30 days"])
def test_what_is_not_a_duration_is_refused(run: Run, late_v1: ModelVersion, text: str) -> None:
    outcome = run("purge_trash", f"--older-than={text}", "--yes")
    assert (outcome.code, "is not a duration" in outcome.err) == (1, True)


def test_the_longest_duration_is_no_error(run: Run, late_v1: ModelVersion) -> None:
    assert run("purge_trash", "--older-than", "99999w").code == 0


def test_purge_trash_names_what_it_did_not_delete_and_fails(run: Run, late_v1: ModelVersion) -> None:
    run("delete_version", "late:1")
    ModelVersion.objects.update(upload_token="x" * 32)
    outcome = run("purge_trash", "--older-than", "0d", "--yes")
    assert (outcome.code, "Deleted for good" in outcome.out) == (1, False)
    assert outcome.err.startswith(f"Not deleted: {late_v1.artifact.path}, ")
    assert ModelVersion.objects.exists()
