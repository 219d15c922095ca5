import json
import platform
import re
import subprocess
from pathlib import Path

import pytest

from catalog.exceptions import EnvironmentMismatch
from catalog.ml.artifacts.environment import code_revision, compare, environment, package_versions


def trained(**changed: str) -> dict[str, str]:
    return package_versions() | {name.replace("_", "-"): version for name, version in changed.items()}


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


def test_the_same_environment_has_no_warnings() -> None:
    assert compare(package_versions(), reference="late:1", described="late:1", allow_mismatch=False) == []


def test_another_patch_of_scikit_learn_is_the_same() -> None:
    patched = ".".join([*package_versions()["scikit-learn"].split(".")[:2], "99"])
    assert compare(trained(scikit_learn=patched), reference="late:1", described="late:1", allow_mismatch=False) == []


def test_another_minor_of_scikit_learn_is_refused() -> None:
    running = package_versions()["scikit-learn"]
    other = next_minor(running)
    with pytest.raises(EnvironmentMismatch) as caught:
        compare(trained(scikit_learn=other), reference="late:1", described="late:1", allow_mismatch=False)
    assert str(caught.value) == (
        f"late:1 was trained with scikit-learn {other}, but {running} runs here. "
        "Install what it needs (manage.py model_requirements late:1 > requirements.txt), train again, or accept the "
        "risk with `allow_version_mismatch`."
    )


def test_another_minor_of_scikit_learn_is_a_warning_when_allowed() -> None:
    running = package_versions()["scikit-learn"]
    other = next_minor(running)
    assert compare(trained(scikit_learn=other), reference="late:1", described="late:1", allow_mismatch=True) == [
        f"late:1 was trained with scikit-learn {other}, but {running} runs here."
    ]


def test_an_unknown_scikit_learn_is_a_warning() -> None:
    assert compare({}, reference="late:1", described="late:1", allow_mismatch=False) == [
        f"late:1 was trained with an unknown version of scikit-learn; {package_versions()['scikit-learn']} runs here."
    ]


@pytest.mark.parametrize(("name", "version"), [("numpy", "1.26.4"), ("python", "3.9.1")])
def test_another_numpy_major_or_python_minor_is_a_warning(name: str, version: str) -> None:
    assert compare(trained(**{name: version}), reference="late:1", described="late:1", allow_mismatch=False) == [
        f"late:1 was trained with {name} {version}, but {package_versions()[name]} runs here."
    ]


def test_another_numpy_minor_or_pandas_is_nothing_to_say() -> None:
    other = trained(numpy=next_minor(package_versions()["numpy"]), pandas="1.0.0", joblib="0.1")
    assert compare(other, reference="late:1", described="late:1", allow_mismatch=False) == []


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


def test_a_folder_without_git_has_no_revision(tmp_path: Path) -> None:
    assert code_revision(tmp_path) == ""
    assert code_revision(tmp_path / "missing") == ""
