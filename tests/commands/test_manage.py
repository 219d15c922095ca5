"""What a person at a terminal sees: `manage.py` as a process of its own."""

import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.db import DatabaseError, OperationalError, connection

from catalog.management.fault_lines import database_problem
from s3site.process import COLLECTED_AFTER

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ["add_dataset", "train_model", "predict", "promote", "rollback", "versions", "check_storage"]
HEAVY = ["sklearn", "pandas", "pyarrow", "numpy", "boto3", "botocore", "joblib", "rich"]
NO_ROOM = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); "
PRINT_HEAVY_MODULES = f"""
import sys
from manage import main
try:
    main()
finally:
    print("HEAVY", [name for name in {HEAVY} if name in sys.modules], file=sys.stderr)
"""


def environment(database: Path) -> dict[str, str]:
    """This machine's, with nothing of the catalog's but a database in the test's folder."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DJANGO_", "CATALOG_"))}
    empty = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_BUCKET_NAME", "AWS_ENDPOINT_URL", "AWS_LOCATION"]
    return own | dict.fromkeys(empty, "") | {"DATABASE_URL": f"sqlite:///{database}", "LOGNAME": "ada"}


def manage(database: Path, *arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    start = [sys.executable, "-c", code] if code else [sys.executable, "manage.py"]
    return subprocess.run(
        [*start, *arguments], cwd=ROOT, env=environment(database), capture_output=True, text=True, timeout=60
    )


@pytest.fixture(scope="module")
def migrated(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copy(migrated_sqlite, tmp_path_factory.mktemp("database") / "catalog.sqlite3")


def test_an_error_is_exit_code_1_and_one_line_on_stderr(migrated: Path) -> None:
    result = manage(migrated, "predict", "late", "-i", "new.csv")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "CommandError: There is no model 'late'.\n"


def test_traceback_shows_where_the_error_comes_from(migrated: Path) -> None:
    result = manage(migrated, "predict", "late", "-i", "new.csv", "--traceback")
    assert result.returncode == 1
    assert "Traceback (most recent call last):" in result.stderr
    assert "catalog.exceptions.NotFound: There is no model 'late'." in result.stderr


def test_the_error_of_a_broken_file_is_one_line_too(migrated: Path, tmp_path: Path) -> None:
    (tmp_path / "data.parquet").write_bytes(b"PAR1" + b"x" * 100)
    result = manage(migrated, "add_dataset", "d", str(tmp_path / "data.parquet"))
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert result.stderr.startswith(f"CommandError: {tmp_path}/data.parquet can't be read: ")


def test_an_error_is_not_json_on_stdout(migrated: Path) -> None:
    result = manage(migrated, "versions", "late", "--json")
    assert (result.returncode, result.stdout) == (1, "")


@pytest.mark.parametrize("exists", [False, True], ids=["no file", "an empty file"])
def test_a_database_that_is_not_migrated_says_so(tmp_path: Path, exists: bool) -> None:
    database = tmp_path / "catalog.sqlite3"
    if exists:
        sqlite3.connect(database).close()
    result = manage(database, "versions", "late")
    assert result.returncode == 1
    run = f"{shlex.quote(sys.executable)} manage.py migrate"
    assert result.stderr == f"CommandError: The database has no tables for the catalog yet. Run: {run}.\n"


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    database = tmp_path / "catalog.sqlite3"
    database.write_bytes(b"not a database" * 100)
    result = manage(database, "versions", "late")
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert "Check DATABASE_URL." in result.stderr


def test_a_database_that_does_not_answer_is_one_line_also_of_the_commands_of_django(tmp_path: Path) -> None:
    result = manage(tmp_path, "migrate", "--skip-checks")  # a folder, and no database
    assert (result.returncode, result.stdout) == (1, "")
    answer = "The database (sqlite) answered: unable to open database file. Check DATABASE_URL."
    assert result.stderr == f"Error: {answer}\n"


def test_a_database_that_is_not_migrated_says_so_of_the_commands_of_django_too(tmp_path: Path) -> None:
    result = manage(tmp_path / "catalog.sqlite3", "changepassword", "ada")
    run = f"{shlex.quote(sys.executable)} manage.py migrate"
    answer = f"Error: The database has no tables for the catalog yet. Run: {run}.\n"
    assert (result.returncode, result.stderr) == (1, answer)


def test_a_database_of_an_older_version_says_so(migrated: Path, tmp_path: Path) -> None:
    older = shutil.copy(migrated, tmp_path / "catalog.sqlite3")
    with closing(sqlite3.connect(older)) as database:
        database.execute("ALTER TABLE catalog_registeredmodel RENAME COLUMN name TO called")
    result = manage(older, "versions", "late")
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.startswith("CommandError: The tables of the database are not those of this version (no such")
    assert result.stderr.endswith(" manage.py migrate.\n")


@pytest.mark.postgresql
@pytest.mark.django_db
def test_a_database_that_a_server_does_not_have_is_not_one_to_migrate() -> None:
    other = connection.copy()
    other.settings_dict["NAME"] = "missing"
    with pytest.raises(OperationalError) as raised:
        other.ensure_connection()
    assert database_problem(raised.value).endswith('database "missing" does not exist. Check DATABASE_URL.')


@pytest.mark.postgresql
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("SELECT 1 FROM catalog_missing", "The database has no tables for the catalog yet."),
        ("SELECT missing FROM catalog_job", "The tables of the database are not those of this version (column"),
    ],
)
def test_what_an_older_database_lacks_is_known_by_the_servers_states(statement: str, said: str) -> None:
    with pytest.raises(DatabaseError) as raised:
        connection.cursor().execute(statement)
    assert database_problem(raised.value).startswith(said)
    assert database_problem(raised.value).endswith(" Run: manage.py migrate.")


def test_a_disk_too_full_for_sqlite_to_begin_is_called_full(migrated: Path) -> None:
    result = manage(migrated, "versions", "late", code=f"{NO_ROOM}from manage import main; main()")
    advice = "The disk of the database is full. Make room there and run the command again."
    assert (result.returncode, result.stderr) == (1, f"CommandError: {advice}\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_imports_no_heavy_library(command: str, tmp_path: Path) -> None:
    result = manage(tmp_path / "catalog.sqlite3", command, "--help", code=PRINT_HEAVY_MODULES)
    assert result.stdout.startswith("usage: ")
    assert result.stderr == "HEAVY []\n"


HOW_COMMANDS_RUN = """
import gc, sys
from manage import main
try:
    main()
finally:
    print(gc.get_threshold()[0], "catalog.admin.registry.model_admin" in sys.modules, file=sys.stderr)
"""


def test_commands_rarely_look_for_garbage_and_import_no_page(migrated: Path) -> None:
    result = manage(migrated, "versions", "late", code=HOW_COMMANDS_RUN)
    assert result.stderr.endswith(f"\n{COLLECTED_AFTER} False\n")


def test_the_checks_of_the_admin_import_its_pages(migrated: Path) -> None:
    result = manage(migrated, "check", "--tag", "admin", code=HOW_COMMANDS_RUN)
    assert result.stderr.endswith(f"{COLLECTED_AFTER} True\n")


# Names, and words for what was read: they import nothing further.
LEAN = [
    "catalog.ml.artifacts",
    "catalog.ml.artifacts.artifact_formats",
    "catalog.ml.evaluation",
    "catalog.ml.evaluation.checks",
    "catalog.ml.evaluation.checks.fired_checks",
    "catalog.ml.evaluation.difference",
    "catalog.ml.evaluation.metric_names",
    "catalog.ml.tables",
    "catalog.ml.tables.file_formats",
    "catalog.ml.training",
    "catalog.ml.training.estimator_names",
    "catalog.services.jobs",
    "catalog.services.jobs.durations",
]
WORKING = ("catalog.services.", "catalog.storage.", "catalog.ml.")
EVERY_HELP = f"""
import os, sys, django
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "s3site.settings")
django.setup()
before = set(sys.modules)
from django.core.management import get_commands, load_command_class
names = [name for name, app in get_commands().items() if app == "catalog"]
for name in names:
    load_command_class("catalog", name).create_parser("manage.py", name).format_help()
print(len(names), [name for name in {HEAVY} if name in sys.modules])
print(sorted(name for name in set(sys.modules) - before if name.startswith({WORKING})))
"""


def test_the_help_of_all_commands_together_imports_neither_a_heavy_library_nor_what_does_the_work(
    tmp_path: Path,
) -> None:
    files = (ROOT / "catalog" / "management" / "commands").glob("[a-z]*.py")
    result = manage(tmp_path / "catalog.sqlite3", code=EVERY_HELP)
    assert result.stdout == f"{len(list(files))} []\n{LEAN}\n", result.stderr


@pytest.mark.parametrize("command", ["versions", "promote", "rollback"])
def test_what_reads_the_database_alone_imports_no_heavy_library(command: str, migrated: Path) -> None:
    result = manage(migrated, command, "late", code=PRINT_HEAVY_MODULES)
    assert "There is no model 'late'." in result.stderr
    assert result.stderr.endswith("HEAVY []\n")
