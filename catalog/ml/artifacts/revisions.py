"""Commits of Git, asked of Git itself; outside a checkout, or without Git, there are none."""

import subprocess
from importlib import metadata
from pathlib import Path

DISTRIBUTION = "model-catalog"


def code_revision(folder: Path) -> str:
    """The commit checked out in `folder`, with `-dirty` when files differ from it; empty outside a Git checkout."""
    return _git(folder, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")


def file_revision(path: Path) -> str:
    """The commit checked out where the file lies, with `-dirty` when the file is not as it has it, or not in it."""
    commit = _git(path.parent, "rev-parse", "HEAD")
    if not commit:
        return ""
    committed = _git(path.parent, "rev-parse", f"HEAD:./{path.name}")
    return commit if committed and committed == _git(path.parent, "hash-object", "--", path.name) else f"{commit}-dirty"


def catalog_version() -> str:
    """Of the catalog itself: as it was installed, or the commit of its checkout."""
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return code_revision(Path(__file__).resolve().parent)


def _git(folder: Path, *arguments: str) -> str:
    try:
        answered = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answered.stdout.strip()
