import os
from pathlib import Path

import pytest

from catalog.models import ModelVersion, UnstoredManifest
from catalog.services.registry.aliases import promote
from tests.commands.conftest import Run
from tests.services.integrity.catalogs import beside, make_sound, path_of


@pytest.fixture
def sound(late_v1: ModelVersion) -> ModelVersion:
    return make_sound(late_v1)


def age(path: Path, days: float = 2) -> None:
    os.utime(path, (path.stat().st_mtime - days * 86_400,) * 2)


def test_a_sound_catalog_is_two_lines_and_exit_0(run: Run, sound: ModelVersion) -> None:
    outcome = run("verify_catalog")
    assert (outcome.code, outcome.err, outcome.lines[1:]) == (0, "", ["Nothing is wrong."])
    assert outcome.lines[0].startswith("Checked 8 manifests, ")


def test_an_empty_catalog_says_so(run: Run) -> None:
    assert run("verify_catalog").lines == ["Checked an empty catalog.", "Nothing is wrong."]


def test_findings_fit_100_columns_and_exit_1(run: Run, sound: ModelVersion) -> None:
    Path(sound.artifact.path).unlink()
    outcome = run("verify_catalog")
    assert (outcome.code, outcome.err) == (1, "1 finding.")
    title, *texts = outcome.lines[1:]
    assert (title, texts[0]) == ("object missing  late:1", "    there is no")
    told = " ".join(text.strip() for text in texts)
    assert told.endswith(
        "To do: Restore it from the bucket's earlier versions or a backup: docs/operations.md, Coming back"
    )
    assert [text for text in texts if len(text) > 100 and " " in text.strip()] == []


def test_wide_findings_are_a_table(run: Run, sound: ModelVersion) -> None:
    Path(sound.artifact.path).unlink()
    outcome = run("verify_catalog", "--wide")
    head, row = outcome.lines[1:]
    assert [name.strip() for name in head.split("  ") if name] == ["finding", "where", "what", "what to do"]
    assert row.startswith("object missing  late:1  there is no ")
    assert row.endswith("Restore it from the bucket's earlier versions or a backup: docs/operations.md, Coming back")


def test_findings_have_the_promised_json(run: Run, sound: ModelVersion) -> None:
    beside(sound).unlink()
    outcome = run("verify_catalog", "--deep", "--replay", "--json")
    values = outcome.json
    assert (outcome.code, values["repaired"], values["notes"], values["problems"]) == (1, [], [], {})
    assert values["checked"]["replayed models"] == 1
    assert values["checked"]["bytes"] > sound.size_bytes
    assert values["findings"] == [
        {
            "kind": "manifest missing",
            "where": "late:1",
            "what": f"there is no {beside(sound)}",
            "to_do": "verify_catalog --repair --yes stores it again, from the row",
            "repair": "store the manifest of late:1",
        }
    ]


def test_repair_alone_says_what_it_would_do(run: Run, sound: ModelVersion) -> None:
    beside(sound).unlink()
    outcome = run("verify_catalog", "--repair")
    assert outcome.lines[-2:] == [
        "Would store the manifest of late:1.",
        "Nothing was changed. To make 1 repair: manage.py verify_catalog --repair --yes",
    ]
    assert (outcome.code, beside(sound).exists()) == (1, False)


def test_repair_says_when_a_person_has_to_decide(run: Run, sound: ModelVersion) -> None:
    Path(sound.artifact.path).unlink()
    assert run("verify_catalog", "--repair").lines[-1] == "Nothing can be repaired without a person's decision."


def test_repair_with_yes_does_it_and_a_second_run_finds_nothing(run: Run, sound: ModelVersion) -> None:
    beside(sound).unlink()
    promote(reference="late:1", alias="staging", actor="ada")
    event, alias = UnstoredManifest.objects.order_by("pk").values_list("key", flat=True)
    outcome = run("verify_catalog", "--repair", "--yes")
    assert outcome.lines[1:] == [
        "Nothing is wrong.",
        f"Done: store the waiting manifest {path_of(event)}.",
        f"Done: store the waiting manifest {path_of(alias)}.",
        "Done: store the manifest of late:1.",
    ]
    assert (outcome.code, run("verify_catalog").lines[-1]) == (0, "Nothing is wrong.")


def test_what_repair_leaves_is_exit_1(run: Run, sound: ModelVersion) -> None:
    beside(sound).unlink()
    Path(sound.artifact.path).unlink()
    outcome = run("verify_catalog", "--repair", "--yes")
    assert (outcome.code, outcome.err) == (1, "1 finding left.")


def test_an_orphan_of_two_days_is_removed(run: Run, sound: ModelVersion) -> None:
    folder = path_of("models/late/v0007")
    folder.mkdir()
    for name in ("x-model.joblib", f".x-model.joblib~{'t' * 32}"):
        if name.startswith("."):
            (folder / name).hardlink_to(folder / "x-model.joblib")
        else:
            (folder / name).write_bytes(b"left")
    assert run("verify_catalog").code == 0
    age(folder / "x-model.joblib")
    assert run("verify_catalog", "--repair", "--yes", "--json").json["repaired"][0]["repair"].startswith("remove ")
    assert not (folder / "x-model.joblib").exists()


def test_yes_without_repair_is_refused(run: Run, db: None) -> None:
    outcome = run("verify_catalog", "--yes")
    assert (outcome.code, outcome.err) == (1, "--yes goes with --repair: verify_catalog --repair --yes.")


@pytest.mark.parametrize("name", ["verify_catalog", "rebuild_catalog"])
def test_many_findings_are_cut_in_the_table(
    run: Run, sound: ModelVersion, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("catalog.management.finding_lines.SHOWN_FINDINGS", 1)
    for key in ("models/late/v0008", "models/late/v0009", "models/other", "models/another"):
        path_of(key).mkdir()
        path_of(f"{key}/manifest.json").write_text("{")
        age(path_of(f"{key}/manifest.json"))
    outcome = run(name)
    assert any(line.endswith(" more: --json lists them all.") for line in outcome.lines)
