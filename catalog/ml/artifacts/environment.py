"""The libraries that a version was trained with, and whether those that run now will do. No library is imported."""

import platform
import sys
from collections.abc import Iterable, Mapping
from email.parser import HeaderParser
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from catalog.exceptions import EnvironmentMismatch
from catalog.ml.artifacts.revisions import catalog_version

COMPARED = ("scikit-learn", "numpy", "scipy", "joblib", "pandas", "skops")
IMPORTED_AS = frozenset({"sklearn", *COMPARED[1:]})


def package_versions() -> dict[str, str]:
    """Python's version and those of the libraries that decide whether an artifact loads."""
    return installed_versions(["python", *COMPARED])


def installed_versions(names: Iterable[str]) -> dict[str, str]:
    """Python's version and those of the distributions of these names, of which some may be missing."""
    versions = {}
    for name in names:
        try:
            versions[name] = platform.python_version() if name == "python" else _find_version(name, _import_folders())
        except metadata.PackageNotFoundError:
            continue
    return versions


def versions_text(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def explain_refusal(error: Exception, trained_with: Mapping[str, str]) -> str:
    """What an estimator raised, in one line, with the versions it was trained with and those that run: they may be why.

    They are left out where it is not known what it was trained with.
    """
    lines = str(error).strip().splitlines() or [""]
    told = f"{'' if type(error) is ValueError else f'{type(error).__name__}: '}{lines[0][:300]}"
    if not trained_with:
        return told
    running = versions_text(installed_versions(trained_with))
    return f"{told} Trained with {versions_text(trained_with)}; running {running}."


def environment(modules: Iterable[str] = ()) -> dict[str, Any]:
    """What a version records: the versions, the platform, and every installed distribution.

    `modules` are those that the artifact refers to: the libraries that they belong to are among the versions, and
    `modules` in what is recorded says by the name that is imported what is to be installed.
    """
    libraries = find_libraries(modules)
    versions = package_versions() | {name: metadata.version(name) for name in sorted(libraries.values())}
    return {
        "versions": versions,
        "platform": platform.platform(),
        "freeze": list(_installed_distributions(_import_folders())),
        "modules": libraries,
        "catalog": catalog_version(),
    }


def _import_folders() -> tuple[tuple[str, int], ...]:
    """What libraries are imported from, and when each last changed."""
    folders = (Path(path) for path in sys.path)
    return tuple((str(folder), folder.stat().st_mtime_ns) for folder in folders if folder.is_dir())


@lru_cache(maxsize=64)
def _find_version(name: str, folders: tuple[tuple[str, int], ...]) -> str:
    """Of an installed distribution, while the folders are as they are: what it says of itself is long."""
    return metadata.version(name)


@lru_cache(maxsize=1)
def _installed_distributions(folders: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
    """As `name==version`, without what a removal left half of."""
    described = map(_read_name_and_version, metadata.distributions())
    return tuple(sorted({f"{name}=={version}" for name, version in described if name}))


def _read_name_and_version(distribution: metadata.Distribution) -> tuple[str, str]:
    """From the head of what it says of itself: its whole README follows, which takes most of the time to parse."""
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    head = HeaderParser().parsestr(text.partition("\n\n")[0])
    return head.get("Name", ""), head.get("Version", "")


def find_libraries(modules: Iterable[str]) -> dict[str, str]:
    """By the name that is imported, the installed distributions that the modules belong to beyond those COMPARED."""
    named = {module.partition(".")[0] for module in modules} - sys.stdlib_module_names - IMPORTED_AS
    packages = sorted(filter(_may_be_installed, named))
    provided = metadata.packages_distributions() if packages else {}
    found = {package: provided[package][0] for package in packages if package in provided}
    return {package: name for package, name in found.items() if name.lower() not in COMPARED}


def _may_be_installed(package: str) -> bool:
    """Not when compiled code made the module as it ran, as Cython makes one for the types that its modules share."""
    module = sys.modules.get(package)
    return module is None or hasattr(module, "__path__") or bool(getattr(module, "__file__", None))


def compare(recorded: Mapping[str, Any], *, reference: str, described: str, allow_mismatch: bool) -> list[str]:
    """Warnings about differences that may matter between a version's environment, as recorded, and this one.

    Raises EnvironmentMismatch when a library that the artifact refers to is missing, and when scikit-learn's minor
    version differs, unless that is allowed: its private classes change between minor versions, and loading then fails
    or misbehaves. `reference` names the version to commands. What was not recorded, as of uploads, is warned of and
    not compared.
    """
    trained_with = recorded.get("versions", {})
    warnings = _compare_libraries(trained_with, recorded.get("modules", {}), described)
    running = package_versions()
    trained, present = trained_with.get("scikit-learn", ""), running["scikit-learn"]
    if not trained:
        warnings.append(f"{described} was trained with an unknown version of scikit-learn; {present} runs here.")
    elif _parts(trained, 2) != _parts(present, 2):
        message = f"{described} was trained with scikit-learn {trained}, but {present} runs here."
        if not allow_mismatch:
            raise EnvironmentMismatch(
                f"{message} Install what it needs (manage.py model_requirements {reference} > requirements.txt), "
                "train again, or accept the risk with `allow_version_mismatch`."
            )
        warnings.append(message)
    for name, count in (("numpy", 1), ("python", 2)):
        version = trained_with.get(name, "")
        if version and _parts(version, count) != _parts(running[name], count):
            warnings.append(f"{described} was trained with {name} {version}, but {running[name]} runs here.")
    return warnings


def _compare_libraries(trained_with: Mapping[str, str], modules: Mapping[str, str], described: str) -> list[str]:
    """A step of the major or minor version is warned of. Raises EnvironmentMismatch for a library that is missing."""
    warnings = []
    for module, name in modules.items():
        trained, present = trained_with.get(name, ""), _installed_version(module, name)
        if not present:
            what, line = f"{name} {trained}".rstrip(), f"{name}=={trained}" if trained else name
            raise EnvironmentMismatch(f"{described} needs {what}, which is not installed here: pip install {line}")
        if trained and _parts(trained, 2) != _parts(present, 2):
            warnings.append(f"{described} was trained with {name} {trained}, but {present} runs here.")
    return warnings


def _installed_version(module: str, name: str) -> str:
    """Of the distribution, or of another that has the module, as xgboost and xgboost-cpu; empty for none."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        others = metadata.packages_distributions().get(module, [])
        return metadata.version(others[0]) if others else ""


def requirements(recorded: Mapping[str, Any], *, full: bool) -> list[str]:
    """The lines of a requirements file that brings back what a version was trained with; empty when nothing is known.

    `full` is every distribution that was installed, else the libraries that decide whether an artifact loads: of an
    upload's other than scikit-learn the versions are not known.
    """
    if full:
        return sorted(recorded.get("freeze", []), key=str.lower)
    trained_with = recorded.get("versions", {})
    named = [name for name in COMPARED if trained_with.get(name)]
    others = sorted(set(recorded.get("modules", {}).values()) - set(named))
    return [f"{name}=={trained_with[name]}" if trained_with.get(name) else name for name in (*named, *others)]


def _parts(version: str, count: int) -> list[str]:
    return version.split(".")[:count]
