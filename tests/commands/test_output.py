"""Where output goes: streams that are full, closed, broken, or can't encode what is written; and an early Ctrl-C."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.servers import site
from tests.servers.site import ROOT

MANAGE = [sys.executable, "manage.py"]
FULL = "Standard output can't be written (No space left on device). What the command did before stands."
CSV = "name,wing\nrobin…,7\nwren–,5\n"
# Python's own way out of a locale, which others than UTF-8 need to be seen.
NO_COERCION = {"PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


@pytest.fixture
def catalog(migrated_sqlite: Path, tmp_path: Path, unbuffered: str) -> dict[str, str]:
    """The environment of an empty catalog, and of a folder with `birds.csv`."""
    (tmp_path / "birds.csv").write_text(CSV)
    (tmp_path / "catalog").mkdir()
    shutil.copy(migrated_sqlite, tmp_path / "catalog" / "catalog.sqlite3")
    return site.environment(tmp_path / "catalog", FOLDER=str(tmp_path), PYTHONUNBUFFERED=unbuffered)


@pytest.fixture
def unbuffered() -> str:
    """Whether Python writes at once; empty for no."""
    return ""


@pytest.fixture(scope="module")
def trained(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a catalog with the dataset `many` and a model of it, `size`, in production."""
    folder = tmp_path_factory.mktemp("trained")
    shutil.copy(migrated_sqlite, folder / "catalog.sqlite3")
    (folder / "many.csv").write_text("wing,size\n" + "7,1.5\n8,2.5\n" * 50_000)
    variables = site.environment(folder)
    site.run(variables, "manage.py", "add_dataset", "many", str(folder / "many.csv"))
    chosen = (
        "--dataset=many",
        "--target=size",
        "--estimator=dummy",
        "--task=regression",
        "--alias=production",
        "--reason=x",
    )
    site.run(variables, "manage.py", "train_model", "size", *chosen)
    return folder


def shell(line: str, env: dict[str, str], **more: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line of the shell in which `$manage` is the command line and `$FOLDER` the test's folder."""
    options: dict[str, Any] = {"cwd": ROOT, "env": env | more, "capture_output": True, "timeout": 120}
    return subprocess.run(["bash", "-c", f"manage='{' '.join(MANAGE)}'; {line}"], **options)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_standard_output_is_one_line_and_exit_1(catalog: dict[str, str]) -> None:
    done = shell("$manage jobs > /dev/full", catalog)
    assert (done.returncode, done.stderr.decode()) == (1, f"CommandError: {FULL}\n")


def test_a_closed_standard_output_is_refused_before_anything_is_done(catalog: dict[str, str]) -> None:
    done = shell('$manage add_dataset closed "$FOLDER/birds.csv" >&-', catalog)
    assert (done.returncode, done.stderr) == (
        1,
        b"Error: standard output is closed. Nothing was done. Send it somewhere, as > /dev/null.\n",
    )
    assert b"There is no dataset 'closed'" in shell("$manage delete_dataset closed:1", catalog).stderr


def test_closed_standard_error_and_input_do_not_matter(catalog: dict[str, str]) -> None:
    done = shell("$manage jobs 2>&- <&-", catalog)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"There is no job yet.")
    assert shell("$manage versions none 2>&-", catalog).returncode == 1


def test_what_is_printed_never_lands_in_the_database(catalog: dict[str, str]) -> None:
    database = Path(catalog["FOLDER"]) / "catalog" / "catalog.sqlite3"
    for closed in (">&-", "2>&-", "<&-", ">&- 2>&- <&-"):
        shell(f"$manage jobs {closed}", catalog)
        shell(f"$manage versions none {closed}", catalog)
    assert database.read_bytes()[:16] == b"SQLite format 3\0"


def test_a_reader_that_has_seen_enough_ends_the_command_silently(catalog: dict[str, str]) -> None:
    done = shell('$manage jobs | true; echo "${PIPESTATUS[0]}"', catalog)
    assert done.stderr == b""
    assert done.stdout in {b"141\n", b"0\n"}  # the line may be written before the reader has gone


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_the_exit_is_that_of_a_broken_pipe(catalog: dict[str, str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*MANAGE, "jobs"], cwd=ROOT, env=catalog, stdout=writer, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


def test_an_error_goes_before_output_that_can_not_be_written(catalog: dict[str, str]) -> None:
    done = shell("$manage versions none > /dev/full", catalog)
    assert (done.returncode, done.stderr) == (1, b"CommandError: There is no model 'none'.\n")


@pytest.mark.parametrize("more", [{"PYTHONIOENCODING": "latin-1"}, {"LC_ALL": "C", **NO_COERCION}])
def test_what_the_terminal_can_not_encode_is_replaced(catalog: dict[str, str], more: dict[str, str]) -> None:
    done = shell('$manage add_dataset birds "$FOLDER/birds.csv"', catalog, **more)
    assert (done.returncode, done.stderr) == (0, b"")
    assert re.match(rb"Added birds:1 \(sha256 [0-9a-f]{12}\?\): 2 rows, 2 columns\.", done.stdout)


def test_json_is_whole_in_every_encoding(catalog: dict[str, str]) -> None:
    (Path(catalog["FOLDER"]) / "odd.csv").write_text("flügel…\n7\n")
    done = shell('$manage add_dataset odd "$FOLDER/odd.csv" --json', catalog, PYTHONIOENCODING="latin-1")
    assert done.returncode == 0, done.stderr
    assert b"fl\\u00fcgel\\u2026" in done.stdout


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_predictions_that_nobody_takes_end_as_any_output(trained: Path, unbuffered: str) -> None:
    catalog = site.environment(trained, PYTHONUNBUFFERED=unbuffered)
    predict = "$manage predict size --input dataset:many --output -"
    full = shell(f"{predict} > /dev/full", catalog)
    assert (full.returncode, full.stderr.count(b"\n")) == (1, 1)
    assert b"No space left on device" in full.stderr
    left = shell(f'{predict} | head -c 1 > /dev/null; echo "${{PIPESTATUS[0]}}"', catalog)
    assert (left.stdout, left.stderr) == (b"141\n", b"")


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_while_standard_input_is_open_leaves_nothing_in_tmpdir(
    trained: Path, tmp_path: Path, signum: int, code: int
) -> None:
    catalog = site.environment(trained, TMPDIR=str(tmp_path))
    predict = [*MANAGE, "predict", "size", "--input", "-", "--output", str(trained / "none.csv")]
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(predict, cwd=ROOT, env=catalog, **pipes) as process:
        assert process.stdin
        os.write(process.stdin.fileno(), b"wing\n" + b"7\n" * 10_000)
        deadline = time.monotonic() + 60
        while not any(path.is_file() for path in tmp_path.glob("catalog-*")):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signum)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (code, b"", b"CommandError: Interrupted: nothing was kept.\n")
    assert list(tmp_path.iterdir()) == []
    assert not (trained / "none.csv").exists()


INTERRUPTED_AT = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
sys.argv = ["manage.py", "versions", "late"]
from manage import main
main()
"""
EARLY = [
    "s3site.settings",
    "django.core.management",
    "django.apps.registry",
    "catalog.models",
    "catalog.management.commands.versions",
    "catalog.services.registry.listings",
]


@pytest.mark.parametrize("module", EARLY)
def test_an_early_interruption_leaves_no_traceback(module: str, catalog: dict[str, str]) -> None:
    code = INTERRUPTED_AT.format(module=module)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=catalog, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode in {130, -signal.SIGINT}
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") <= 1
