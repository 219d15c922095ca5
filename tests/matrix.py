"""The tests under other versions of Python and Django: `make test-matrix`, with those that this machine has.

Each pair gets an environment of its own in a temporary folder, with the pinned libraries; of Django what PyPI has. What
is not to be had is named and left out. Arguments are handed to pytest; without any it runs what knows Python or Django.
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
# The Django of requirements.txt under each Python, and what comes next under one that it takes.
PINNED = ""
PAIRS = [("3.12", PINNED), ("3.13", PINNED), ("3.14", PINNED), ("3.13", "6.0"), ("3.13", "6.1")]
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


def make_environment(folder: Path, version: str, django: str) -> tuple[Path | None, str]:
    """Its Python, or why there is none."""
    python = python_of(version)
    if python is None:
        return None, f"no Python {version} here"
    own = folder / "bin" / "python"
    steps = [
        [python, "-m", "venv", str(folder)],
        [str(own), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", "requirements-dev.txt"],
        *([[str(own), "-m", "pip", "install", "--quiet", f"Django=={django}.*"]] if django else []),
    ]
    for step in steps:
        done = subprocess.run(step, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            return None, (done.stderr.strip().splitlines() or ["it can't be installed"])[-1][:200]
    return own, ""


def run_tests(version: str, django: str, arguments: Sequence[str]) -> str:
    """What became of it, in a word and why."""
    with tempfile.TemporaryDirectory(prefix="matrix-", ignore_cleanup_errors=True) as folder:
        python, problem = make_environment(Path(folder), version, django)
        if python is None:
            return f"left out: {problem}"
        done = subprocess.run([str(python), *PYTEST, *(arguments or TESTS)], cwd=ROOT, check=False)
    return "passed" if done.returncode == 0 else "FAILED"


def _says(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def main(arguments: Sequence[str]) -> int:
    results = {}
    for version, django in PAIRS:
        name = f"Python {version}, Django {django or 'as pinned'}"
        print(f"== {name}", flush=True)  # noqa: T201
        results[name] = run_tests(version, django, arguments)
    print("\n".join(f"{name}: {result}" for name, result in results.items()))  # noqa: T201
    return int("FAILED" in results.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
