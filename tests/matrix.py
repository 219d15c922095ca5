"""The tests under other versions of Python and Django: `make test-matrix`, with those that this machine has.

Each Python gets an environment of its own in a temporary folder, with the pinned libraries, and there one Django after
the other, of what PyPI has. What is not to be had is named and left out. Arguments are handed to pytest; without any it
runs what knows Python or Django.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTS = ("tests/models", "tests/services", "tests/admin", "tests/commands", "tests/site")
# The Django of requirements.txt, and what comes next.
PINNED = ""
PYTHONS, DJANGOS = ("3.12", "3.13", "3.14"), (PINNED, "6.1")
REQUIREMENTS = "--requirement=requirements-dev.txt"
PYTEST = (
    "-m",
    "pytest",
    "--numprocesses",
    "2",
    "--dist",
    "loadfile",
    "--no-loadscope-reorder",
    "-p",
    "no:cacheprovider",
)


def python_of(version: str) -> str | None:
    """A Python of this version: on the PATH, or one of pyenv's or uv's."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    uv = Path.home() / ".local" / "share" / "uv" / "python"
    installed = [*root.glob(f"versions/{version}.*/bin/python"), *uv.glob(f"cpython-{version}.*/bin/python")]
    for candidate in (shutil.which(f"python{version}"), *map(str, sorted(installed, reverse=True))):
        if candidate and _says(candidate, "--version").startswith(f"Python {version}."):
            return candidate
    return None


def run_all(version: str, arguments: Sequence[str]) -> dict[str, str]:
    """What became of each Django under this Python: passed, FAILED, or left out and why."""
    names = {django: f"Python {version}, Django {django or 'as pinned'}" for django in DJANGOS}
    with tempfile.TemporaryDirectory(prefix="matrix-", ignore_cleanup_errors=True) as folder:
        own = Path(folder) / "bin" / "python"
        if problem := _make_environment(own, version):
            return dict.fromkeys(names.values(), f"left out: {problem}")
        return {name: _run_tests(own, django, name, arguments) for django, name in names.items()}


def _make_environment(own: Path, version: str) -> str:
    """Why there is none; empty where it could be made."""
    python = python_of(version)
    if python is None:
        return f"no Python {version} here"
    return _do([python, "-m", "venv", str(own.parents[1])]) or _install(own, "--require-hashes", REQUIREMENTS)


def _run_tests(own: Path, django: str, name: str, arguments: Sequence[str]) -> str:
    sys.stdout.write(f"== {name}\n")
    sys.stdout.flush()
    if django and (problem := _install(own, f"Django=={django}.*")):
        return f"left out: {problem}"
    done = subprocess.run([str(own), *PYTEST, *(arguments or TESTS)], cwd=ROOT, check=False)
    return "passed" if done.returncode == 0 else "FAILED"


def _install(own: Path, *what: str) -> str:
    return _do([str(own), "-m", "pip", "install", "--quiet", *what])


def _do(command: Sequence[str]) -> str:
    """Why it failed; empty where it succeeded."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    said = done.stderr.strip().splitlines() or ["it can't be installed"]
    return said[-1][:200] if done.returncode else ""


def _says(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def main(arguments: Sequence[str]) -> int:
    results: dict[str, str] = {}
    for version in PYTHONS:
        results |= run_all(version, arguments)
    sys.stdout.writelines(f"{name}: {result}\n" for name, result in results.items())
    return int("FAILED" in results.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
