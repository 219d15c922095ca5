"""Attached files, exports and imports at a terminal."""

from pathlib import Path
from typing import Any

import pytest

from catalog.models import AuditEvent, ModelVersion
from catalog.services.registry.attachments import attached_files
from catalog.storage.digests import path_sha256
from tests.commands.conftest import Run
from tests.services.integrity.catalogs import flip, path_of


@pytest.fixture
def plot(tmp_path: Path) -> Path:
    path = tmp_path / "plot.svg"
    path.write_text("<svg/>")
    return path


def test_a_file_is_attached_shown_and_fetched(run: Run, late_v1: ModelVersion, plot: Path, tmp_path: Path) -> None:
    digest = path_sha256(plot)
    told = f"plot.svg (sha256 {digest[:12]}…, 6 bytes)"
    assert run("attach", "late:1", plot).out == f"late:1 has the file {told}.\n"
    assert f"  plot.svg  6 bytes  sha256 {digest[:12]}…" in run("show", "late:1").lines
    result = run("fetch", "late:1", "--attachment", "plot.svg", "--output", tmp_path / "back", "--json").json
    assert (result["sha256"], (tmp_path / "back").read_text()) == (digest, "<svg/>")
    assert AuditEvent.objects.get(verb="downloaded").sentence == "downloaded plot.svg"


def test_changed_bytes_of_an_attached_file_are_not_handed_out(
    run: Run, late_v1: ModelVersion, plot: Path, tmp_path: Path
) -> None:
    run("attach", "late:1", plot)
    (file,) = attached_files(ModelVersion.objects.select_related("registered_model").get())
    flip(path_of(file.key))
    outcome = run("fetch", "late:1", "--attachment", "plot.svg", "--output", tmp_path / "back")
    assert (outcome.code, (tmp_path / "back").exists()) == (1, False)
    assert outcome.err.startswith("The file plot.svg of late:1, ")


def test_attaching_has_the_promised_json(run: Run, late_v1: ModelVersion, plot: Path) -> None:
    result = run("attach", "late:1", plot, "--name", "roc.svg", "--json").json
    assert result == {"reference": "late:1", "name": "roc.svg", "sha256": path_sha256(plot), "bytes": 6}


def test_a_file_that_is_not_attached_is_one_line(run: Run, late_v1: ModelVersion, plot: Path) -> None:
    run("attach", "late:1", plot)
    outcome = run("fetch", "late:1", "--attachment", "plot.svgz")
    assert outcome.err == "late:1 has no file 'plot.svgz' attached. Did you mean plot.svg?"


def test_a_name_that_is_none_is_refused_by_option(run: Run, late_v1: ModelVersion, plot: Path) -> None:
    outcome = run("attach", "late:1", plot, "--name", "a b")
    assert outcome.err.startswith("--name: 'a b' can't be the name of an attached file: use letters, digits")


def test_a_version_is_exported_and_imported(run: Run, late_v1: ModelVersion, settings: Any, tmp_path: Path) -> None:
    settings.CATALOG["MANIFEST_KEY"] = "k" * 32
    short = f"sha256 {late_v1.sha256[:12]}…"
    assert run("export", "late:1", tmp_path / "out").out == f"late:1 ({short}) is in {tmp_path}/out.\n"
    assert run("import_version", tmp_path / "out", "--name", "delays").lines == [
        f"delays:1 ({short}), late:1 elsewhere, is READY.",
        "  Put it in production: manage.py promote delays:1",
    ]
    assert "  imported from  late:1" in run("show", "delays:1").lines


def test_an_import_without_a_trusted_signature_says_who_decides(
    run: Run, late_v1: ModelVersion, settings: Any, tmp_path: Path, inspected_here: None
) -> None:
    settings.CATALOG["ALLOW_PICKLE_UPLOADS"] = True
    run("export", "late:1", tmp_path / "out")
    outcome = run("import_version", tmp_path / "out", "--name", "delays")
    assert outcome.lines[1:] == [
        "  Left out: the report.",
        "  It is quarantined: nobody whom this catalog trusts has signed it (CATALOG_TRUSTED_MANIFEST_KEYS).",
        "  Somebody else approves it: manage.py approve_version delays:1 --by NAME",
    ]
    assert "  left out       the report" in run("show", "delays:1").lines
    assert run("export", "delays:1", tmp_path / "again").code == 1
