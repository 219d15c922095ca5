import json
import platform
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

from catalog.exceptions import EnvironmentMismatch
from catalog.ml.artifacts.environment import compare, environment, find_libraries, package_versions, requirements
from catalog.ml.artifacts.revisions import code_revision, file_revision


def trained(**changed: str) -> dict[str, str]:
    return package_versions() | {name.replace("_", "-"): version for name, version in changed.items()}


def compare_versions(versions: dict[str, str], *, allow_mismatch: bool = False) -> list[str]:
    return compare({"versions": versions}, reference="late:1", described="late:1", allow_mismatch=allow_mismatch)


def next_minor(version: str) -> str:
    major, minor, *rest = version.split(".")
    return ".".join([major, str(int(minor) + 1), *rest])


def test_the_versions_that_decide_are_named() -> None:
    assert package_versions().keys() == {"python", "scikit-learn", "numpy", "scipy", "joblib", "pandas", "skops"}


def test_the_environment_is_json_with_every_distribution() -> None:
    result = json.loads(json.dumps(environment()))
    assert result["versions"] == package_versions()
    assert f"scikit-learn=={result['versions']['scikit-learn']}" in result["freeze"]
    assert result["platform"] == platform.platform()


def test_what_a_removal_left_half_of_is_no_distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = environment()["freeze"]
    (tmp_path / "gone-1.0.dist-info").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert environment()["freeze"] == before


def test_the_same_environment_has_no_warnings() -> None:
    assert compare_versions(package_versions()) == []


def test_another_patch_of_scikit_learn_is_the_same() -> None:
    patched = ".".join([*package_versions()["scikit-learn"].split(".")[:2], "99"])
    assert compare_versions(trained(scikit_learn=patched), allow_mismatch=False) == []


def test_another_minor_of_scikit_learn_is_refused() -> None:
    running = package_versions()["scikit-learn"]
    other = next_minor(running)
    with pytest.raises(EnvironmentMismatch) as caught:
        compare_versions(trained(scikit_learn=other))
    assert str(caught.value) == (
        f"late:1 was trained with scikit-learn {other}, but {running} runs here. "
        "Install what it needs (manage.py model_requirements late:1 > requirements.txt), train again, or accept the "
        "risk with `allow_version_mismatch`."
    )


def test_another_minor_of_scikit_learn_is_a_warning_when_allowed() -> None:
    running = package_versions()["scikit-learn"]
    other = next_minor(running)
    assert compare_versions(trained(scikit_learn=other), allow_mismatch=True) == [
        f"late:1 was trained with scikit-learn {other}, but {running} runs here."
    ]


def test_an_unknown_scikit_learn_is_a_warning() -> None:
    assert compare_versions({}) == [
        f"late:1 was trained with an unknown version of scikit-learn; {package_versions()['scikit-learn']} runs here."
    ]


@pytest.mark.parametrize(("name", "version"), [("numpy", "1.26.4"), ("python", "3.9.1")])
def test_another_numpy_major_or_python_minor_is_a_warning(name: str, version: str) -> None:
    assert compare_versions(trained(**{name: version}), allow_mismatch=False) == [
        f"late:1 was trained with {name} {version}, but {package_versions()[name]} runs here."
    ]


def test_another_numpy_minor_or_pandas_is_nothing_to_say() -> None:
    other = trained(numpy=next_minor(package_versions()["numpy"]), pandas="1.0.0", joblib="0.1")
    assert compare_versions(other) == []


LIGHTGBM = metadata.version("lightgbm")


def with_library(module: str, name: str, version: str) -> list[str]:
    """The warnings for a version that was trained with the library."""
    recorded = {"versions": trained() | ({name: version} if version else {}), "modules": {module: name}}
    return compare(recorded, reference="late:1", described="late:1", allow_mismatch=False)


def test_the_libraries_of_an_artifact_are_recorded_by_the_name_to_install() -> None:
    recorded = environment(["lightgbm.sklearn", "xgboost.core", "sklearn.pipeline", "collections", "no_such_module"])
    assert recorded["modules"] == {"lightgbm": "lightgbm", "xgboost": "xgboost-cpu"}
    assert recorded["versions"]["lightgbm"] == LIGHTGBM
    assert recorded["versions"]["xgboost-cpu"] == metadata.version("xgboost-cpu")


def test_the_same_library_is_nothing_to_say() -> None:
    assert with_library("lightgbm", "lightgbm", LIGHTGBM) == []


@pytest.mark.parametrize("version", [next_minor(LIGHTGBM), "3.0.0"])
def test_another_major_or_minor_of_a_library_is_a_warning(version: str) -> None:
    assert with_library("lightgbm", "lightgbm", version) == [
        f"late:1 was trained with lightgbm {version}, but {LIGHTGBM} runs here."
    ]


@pytest.mark.parametrize(("version", "line"), [("4.7.0", "missing-library==4.7.0"), ("", "missing-library")])
def test_a_library_that_is_missing_is_refused_with_the_line_to_install_it(version: str, line: str) -> None:
    with pytest.raises(EnvironmentMismatch, match=f"not installed here: pip install {line}$"):
        with_library("missing_library", "missing-library", version)


def test_another_distribution_of_the_same_module_will_do() -> None:
    assert with_library("xgboost", "xgboost", metadata.version("xgboost-cpu")) == []


def test_requirements_name_the_libraries() -> None:
    recorded = environment(["lightgbm.sklearn"])
    assert requirements(recorded, full=False)[-1] == f"lightgbm=={LIGHTGBM}"
    assert requirements({"modules": {"lightgbm": "lightgbm"}}, full=False) == ["lightgbm"]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments], cwd=tmp_path, check=True)

    git("init", "--quiet")
    (tmp_path / "file").write_text("one")
    git("add", "file")
    git("commit", "--quiet", "-m", "One")
    return tmp_path


def test_the_revision_is_the_commit(repository: Path) -> None:
    assert re.fullmatch("[0-9a-f]{40}", code_revision(repository))


def test_a_changed_checkout_is_dirty(repository: Path) -> None:
    (repository / "file").write_text("two")
    assert re.fullmatch("[0-9a-f]{40}-dirty", code_revision(repository))


def test_a_file_has_the_commit_and_is_dirty_by_itself_alone(repository: Path) -> None:
    (repository / "other").write_text("not committed")
    assert file_revision(repository / "file") == code_revision(repository)
    assert file_revision(repository / "other") == f"{code_revision(repository)}-dirty"


def test_a_folder_without_git_has_no_revision(tmp_path: Path) -> None:
    assert code_revision(tmp_path) == ""
    assert code_revision(tmp_path / "missing") == ""


def test_a_module_that_compiled_code_makes_belongs_to_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "_made", ModuleType("_made"))
    monkeypatch.setattr(metadata, "packages_distributions", lambda: {"_made": ["maker"]})
    assert find_libraries({"_made"}) == {}
