"""`pip install` of the built package gives load_model, the command line, and an app for other Django projects."""

import re
import shutil
import subprocess
import textwrap
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

from packaging.requirements import Requirement

from tests.packaging.conftest import ROOT, Installed

IRIS = "length,width,species\n" + "".join(f"{n % 7}.5,{n % 5},{'ab'[n % 2]}\n" for n in range(80))


def tracked(folder: str) -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(listed.stdout.split())


def succeeded(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def readme_snippet() -> str:
    """What README.md says to write in Python, for the model of the other project."""
    match = re.search(r"   ```python\n(.*?)   ```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert match
    snippet = textwrap.dedent(match[1]).replace("churn", "iris")
    return f"import numpy\nnumpy.set_printoptions(threshold=1_000)\n{snippet}"


def test_the_wheel_holds_every_file_of_the_package(installed: Installed) -> None:
    templates = {f"catalog/{name}" for name in tracked("templates/admin")}
    templates |= {f"s3site/{name}" for name in tracked("templates") if "/admin/" not in name}
    expected = tracked("catalog") | tracked("s3site") | templates
    assert {name for name in installed.names if ".dist-info/" not in name} == expected


def test_the_wheel_needs_what_the_requirements_name(installed: Installed) -> None:
    with ZipFile(installed.wheel) as wheel:
        (name,) = (name for name in wheel.namelist() if name.endswith("/METADATA"))
        metadata = Parser().parsestr(wheel.read(name).decode())
    needed = [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]
    lines = (ROOT / "requirements.in").read_text().splitlines()
    named = {str(Requirement(line)).lower() for line in lines if line and not line.startswith("#")}
    assert {str(requirement).lower() for requirement in needed if "extra" not in str(requirement.marker)} == named
    assert metadata.get_all("Provides-Extra") == ["boosting", "dask", "serving", "sql"]


def test_load_model_is_there_outside_any_checkout(installed: Installed, tmp_path: Path) -> None:
    program = "import catalog; from catalog import load_model; print(catalog.__file__)"
    where = succeeded(installed.run("-c", program, cwd=tmp_path))
    assert Path(where.strip()).is_relative_to(installed.python.parents[1])


def test_an_installed_command_line_reads_env_from_above_and_keeps_var_where_it_is(
    installed: Installed, tmp_path: Path
) -> None:
    folder = tmp_path / "project" / "notebooks"
    folder.mkdir(parents=True)
    (tmp_path / "project" / ".env").write_text("CATALOG_JOB_SECONDS=77\n")
    command = [str(installed.python.parent / "model-catalog")]
    succeeded(installed.run("migrate", "--verbosity=0", cwd=folder, program=command))
    code = "from django.conf import settings; print(settings.CATALOG['JOB_SECONDS'], settings.HOME_DIR)"
    shown = succeeded(installed.run("shell", "--verbosity=0", "-c", code, cwd=folder, program=command))
    assert shown.split() == ["77", str(folder)]
    assert (folder / "var" / "catalog.sqlite3").is_file()


def test_another_django_project_has_the_catalog_as_an_app(installed: Installed, tmp_path: Path) -> None:
    project = tmp_path / "other"
    shutil.copytree(Path(__file__).parents[1] / "other_project", project)
    (project / "iris.csv").write_text(IRIS)
    for arguments in (
        "check --fail-level WARNING", "migrate --verbosity 0", "makemigrations --check --dry-run",
        "add_dataset iris iris.csv", "train_model iris --dataset iris --target species", "promote iris:1 --reason=toy",
        "predict iris --input iris.csv --output predicted.csv", "verify_catalog",
    ):  # fmt: skip
        succeeded(installed.run("manage.py", *arguments.split(), cwd=project))
    assert (project / "predicted.csv").read_text().startswith("prediction\n")
    assert succeeded(installed.run("visit.py", cwd=project)).split()[0] == "visited"
    (project / "new.csv").write_text(IRIS)
    project_settings = {"DJANGO_SETTINGS_MODULE": "other_site.settings"}
    assert succeeded(installed.run("notebook.py", cwd=project, **project_settings)) == "iris:1 80\n"
    assert succeeded(installed.run("-c", readme_snippet(), cwd=project, **project_settings)).count("'") == 160
