import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from s3site.databases import database
from s3site.environment import AWS_ALIASES, Environment

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = (ROOT / ".env.example").read_text()
SETTINGS = (ROOT / "s3site" / "settings.py").read_text()
VARIABLE = re.compile(r"env\.[a-z_]+\(\s*\"([A-Z][A-Z0-9_]+)\"")
EXPLAINED = re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=(.*)$", EXAMPLE, re.MULTILINE)
READ = sorted(set(VARIABLE.findall(SETTINGS)))


def check(tmp_path: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check` with these variables and none of this machine's."""
    names = {name for name, _ in EXPLAINED} | set(READ)
    kept_out = ("AWS_", "DJANGO_", "CATALOG_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(kept_out)}
    variables = dict.fromkeys(names, "") | {"DATABASE_URL": f"sqlite:///{tmp_path}/catalog.sqlite3"} | variables
    return subprocess.run(
        [sys.executable, "manage.py", "check", *arguments], cwd=ROOT, env=inherited | variables, capture_output=True,
        text=True,
        timeout=60,
    )  # fmt: skip


WRONG = {
    "DJANGO_DEBUG": "perhaps-s3cr3t",
    "DJANGO_CSRF_TRUSTED_ORIGINS": "catalog.s3cr3t.org",
    "DATABASE_URL": "mysql://root:s3cr3t@localhost/name",
    "AWS_BUCKET_NAME": "s3cr3t bucket",
    "AWS_LOCATION": "../s3cr3t",
    "AWS_DEFAULT_REGION": "S3CR3T region",
    "AWS_ENDPOINT_URL": "s3cr3t:9000",
    "AWS_S3_ADDRESSING_STYLE": "s3cr3t",
    "AWS_SSE": "s3cr3t",
    "AWS_REQUEST_PAYER": "s3cr3t",
    "AWS_CA_BUNDLE": "/s3cr3t.pem",
    "CATALOG_CACHE_BYTES": "s3cr3t GB",
    "CATALOG_S3_TIMEOUT_SECONDS": "s3cr3t s",
    "CATALOG_MANIFEST_KEY": "s3cr3t",
    "CATALOG_TRUSTED_MANIFEST_KEYS": "s3cr3t, s3cr3ts",
    "CATALOG_UPLOAD_BYTES": "s3cr3t GB",
    "CATALOG_ALLOW_PICKLE_UPLOADS": "s3cr3t",
    "CATALOG_ALLOW_CODE_FROM_VERSIONS": "s3cr3t",
    "CATALOG_MODEL_BYTES": "s3cr3t GB",
    "CATALOG_REQUIRE_TOTP": "s3cr3t",
    "CATALOG_IMPORTANCE_SECONDS": "s3cr3t s",
    "DASK_WAIT_SECONDS": "s3cr3t s",
    "CATALOG_JOB_SECONDS": "s3cr3t s",
    "CATALOG_JOB_BYTES": "s3cr3t GB",
    "CATALOG_JOB_LEASE_SECONDS": "0",
    "CATALOG_BUCKET_ONLY": "s3cr3t",
    "CATALOG_TIME_ZONE": "s3cr3t",
    "CATALOG_FOUR_EYES": "s3cr3t",
    "CATALOG_SERVING_OPEN": "s3cr3t",
    "CATALOG_SERVING_ROWS": "s3cr3t rows",
    "CATALOG_SERVING_BYTES": "s3cr3t GB",
    "CATALOG_SERVING_SECONDS": "0",
    "CATALOG_SERVING_QUEUE": "0",
    "CATALOG_SERVING_FOLLOW_SECONDS": "0",
    "CATALOG_SERVING_LOG": "s3cr3t",
    "CATALOG_SERVING_LOG_SECONDS": "0",
    "CATALOG_SERVING_LOG_ROWS": "0",
    "DJANGO_BEHIND_TLS_PROXY": "s3cr3t",
    "DASK_SCHEDULER": "http://s3cr3t:8786",
}
FREE = {  # every text is right, or what is wrong shows only where it is used
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SSE_KMS_KEY_ID", "CATALOG_CACHE_DIR",
    "CATALOG_ESTIMATORS", "CATALOG_PROTECTED_ALIASES", "CATALOG_SERVING_TOKENS", "CATALOG_TRUSTED_TYPES",
    "DASK_TLS_CA_FILE", "DASK_TLS_CERT_FILE", "DASK_TLS_KEY_FILE", "DJANGO_SECRET_KEY", "DJANGO_ALLOWED_HOSTS",
    "DJANGO_HSTS_SECONDS",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(WRONG) & set(READ)))
def test_a_wrong_value_stops_with_one_line_that_names_the_variable_and_not_its_value(tmp_path: Path, name: str) -> None:
    result = check(tmp_path, **{name: WRONG[name]})
    assert (result.returncode, result.stdout) == (1, "")
    assert re.fullmatch(r"Error: [^\n]+\n", result.stderr)
    assert name in result.stderr
    assert "s3cr3t" not in result.stderr.lower()


@pytest.mark.parametrize(
    ("given", "missing"),
    [("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID")],
)
def test_one_key_without_the_other_names_the_missing_one(tmp_path: Path, given: str, missing: str) -> None:
    assert check(tmp_path, **{given: "s3cr3t"}).stderr == (
        f"Error: {missing} must be set too: one of the two AWS keys is there without the other.\n"
    )


@pytest.mark.parametrize("location", ["teams//blue", "teams/./blue", "../blue", "teams/.."])
def test_a_folder_that_servers_read_in_two_ways_is_refused(tmp_path: Path, location: str) -> None:
    assert check(tmp_path, AWS_LOCATION=location).stderr == (
        "Error: AWS_LOCATION must be a folder in the bucket such as teams/blue, without . or .. or empty parts.\n"
    )


def test_a_key_for_encryption_needs_the_encryption_that_takes_it(tmp_path: Path) -> None:
    assert check(tmp_path, AWS_SSE="AES256", AWS_SSE_KMS_KEY_ID="alias/ours").stderr == (
        "Error: AWS_SSE must be aws:kms or aws:kms:dsse where AWS_SSE_KMS_KEY_ID is set.\n"
    )


KEYS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}


def test_the_names_of_django_storages_are_understood(tmp_path: Path) -> None:
    """Rather than to keep objects on this machine, and say nothing."""
    result = check(tmp_path, AWS_STORAGE_BUCKET_NAME="theirs", **KEYS)
    assert (result.returncode, "on this machine" in result.stdout + result.stderr) == (0, False)


@pytest.mark.parametrize(("alias", "name"), AWS_ALIASES.items())
def test_two_names_that_say_different_things_are_refused(tmp_path: Path, alias: str, name: str) -> None:
    result = check(tmp_path, **{name: "ours", alias: "theirs"})
    assert result.stderr == f"Error: {name} and {alias} say different things: keep {name} alone.\n"


def test_two_names_that_say_the_same_are_fine(tmp_path: Path) -> None:
    both = {"AWS_BUCKET_NAME": "ours", "AWS_STORAGE_BUCKET_NAME": "ours"}
    assert check(tmp_path, **both, **KEYS).returncode == 0


def test_every_variable_is_tried_with_a_wrong_value_or_takes_any() -> None:
    assert set(READ) - set(WRONG) - FREE == set()


@pytest.mark.parametrize("url", ["postgres://u:s3cr3t@[bad/name", "postgres://u:s3cr3t@host:port/name", "s3cr3t"])
def test_a_database_address_that_can_not_be_read_is_one_line_without_its_password(tmp_path: Path, url: str) -> None:
    result = check(tmp_path, DATABASE_URL=url)
    assert re.fullmatch(r"Error: DATABASE_URL [^\n]+\n", result.stderr)
    assert "s3cr3t" not in result.stderr


def test_what_the_address_of_a_database_says_counts_before_what_sqlite_is_tuned_to(tmp_path: Path) -> None:
    tuned = database(f"sqlite:///{tmp_path}/a.sqlite3")["OPTIONS"]
    assert database(f"sqlite:///{tmp_path}/a.sqlite3?timeout=60")["OPTIONS"] == {**tuned, "timeout": 60}


def test_hsts_seconds_are_a_whole_number_in_production(tmp_path: Path) -> None:
    result = check(tmp_path, DJANGO_DEBUG="off", DJANGO_SECRET_KEY="x" * 60, DJANGO_HSTS_SECONDS="an hour")
    assert result.stderr == "Error: DJANGO_HSTS_SECONDS must be a whole number, zero or more.\n"


def test_production_without_a_secret_key_refuses_to_start(tmp_path: Path) -> None:
    result = check(tmp_path, DJANGO_DEBUG="false")
    assert (result.returncode, result.stderr) == (1, "Error: DJANGO_SECRET_KEY must be set when DJANGO_DEBUG is off.\n")


def test_production_passes_the_deployment_checks(tmp_path: Path) -> None:
    result = check(
        tmp_path, "--deploy", "--fail-level=WARNING", DJANGO_DEBUG="false", DJANGO_ALLOWED_HOSTS="catalog.example.org",
        DJANGO_SECRET_KEY="0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr


def test_a_fresh_checkout_passes_and_says_where_objects_are_kept(tmp_path: Path) -> None:
    result = check(tmp_path)
    assert result.returncode == 0
    assert "Objects are kept on this machine, in " in result.stdout + result.stderr


def test_with_a_bucket_nothing_is_kept_on_this_machine(tmp_path: Path) -> None:
    result = check(tmp_path, AWS_BUCKET_NAME="catalog", AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b")
    assert result.returncode == 0
    assert "on this machine" not in result.stdout + result.stderr


@pytest.mark.parametrize("name", READ)
def test_every_variable_that_the_settings_read_is_explained(name: str) -> None:
    lines = EXAMPLE.splitlines()
    position = next(at for at, line in enumerate(lines) if re.match(rf"#? ?{name}=", line))
    assert re.match(r"# \S.{10,}", lines[position - 1])


def test_every_explained_variable_is_read_by_the_settings() -> None:
    assert {name for name, _ in EXPLAINED} - set(READ) == set()


def test_the_example_holds_no_value_that_a_copy_would_set() -> None:
    assert [name for name, value in EXPLAINED if value.strip() and re.search(rf"^{name}=", EXAMPLE, re.MULTILINE)] == []


def test_the_settings_are_the_only_reader_of_the_environment() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for folder in ("catalog", "s3site")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"os\.environ\b(?!\.setdefault)|os\.getenv", path.read_text())
    ]
    assert readers == ["s3site/settings.py"]


@pytest.mark.parametrize(("text", "expected"), [("500M", 500 * 2**20), ("10G", 10 * 2**30), ("2 GiB", 2**31), ("7", 7)])
def test_sizes_are_powers_of_1024(text: str, expected: int) -> None:
    assert Environment({"SIZE": text}).size("SIZE", "1") == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("on", True), ("TRUE", True), ("1", True), ("No", False), ("", True), (" ", True)]
)
def test_flags_are_words(text: str, expected: bool) -> None:
    assert Environment({"FLAG": text}).flag("FLAG", default=True) is expected


def test_names_are_separated_by_commas() -> None:
    assert Environment({"NAMES": " a, b ,,c "}).names("NAMES") == ["a", "b", "c"]
