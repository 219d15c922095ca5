"""The libraries that a version was trained with, and whether those that run now will do. No library is imported."""

import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from catalog.exceptions import EnvironmentMismatch

COMPARED = ("scikit-learn", "numpy", "scipy", "joblib", "pandas", "skops")


def package_versions() -> dict[str, str]:
    """Python's version and those of the libraries that decide whether an artifact loads."""
    versions = {"python": platform.python_version()}
    for name in COMPARED:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def environment() -> dict[str, Any]:
    """What a version records: the versions, the platform, and every installed distribution."""
    freeze = sorted({f"{package.metadata['Name']}=={package.version}" for package in metadata.distributions()})
    return {"versions": package_versions(), "platform": platform.platform(), "freeze": freeze}


def compare(trained_with: dict[str, str], *, reference: str, described: str, allow_mismatch: bool) -> list[str]:
    """Warnings about differences that may matter. Raises EnvironmentMismatch when scikit-learn's minor version differs,
    unless that is allowed: its private classes change between minor versions, and loading then fails or misbehaves.

    `reference` names the version to commands. What was not recorded, as of uploads, is warned of and not compared.
    """
    running = package_versions()
    warnings = []
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
        recorded = trained_with.get(name, "")
        if recorded and _parts(recorded, count) != _parts(running[name], count):
            warnings.append(f"{described} was trained with {name} {recorded}, but {running[name]} runs here.")
    return warnings


def requirements(trained_with: dict[str, str], freeze: list[str], *, full: bool) -> list[str]:
    """The lines of a requirements file that brings back what a version was trained with; empty when nothing is known.

    `full` is every distribution that was installed, else the libraries that decide whether an artifact loads.
    """
    if full:
        return sorted(freeze, key=str.lower)
    return [f"{name}=={trained_with[name]}" for name in COMPARED if trained_with.get(name)]


def _parts(version: str, count: int) -> list[str]:
    return version.split(".")[:count]


def code_revision(folder: Path) -> str:
    """The commit checked out in `folder`, with `-dirty` when files differ from it; empty outside a Git checkout."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return described.stdout.strip()
