"""The package as it is built and installed, in an environment of its own beside this one's libraries."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OWN_VARIABLES = ("AWS_", "CATALOG_", "DJANGO_", "DATABASE_", "DASK_", "PYTHON")


@dataclass(frozen=True)
class Installed:
    """An environment that has the built package and no checkout."""

    python: Path
    wheel: Path

    @property
    def names(self) -> list[str]:
        """The files in the wheel."""
        return zipfile.ZipFile(self.wheel).namelist()

    def run(
        self, *arguments: str, cwd: Path, program: Sequence[str] = (), **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Python with these arguments, in `cwd`, with none of this machine's settings."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OWN_VARIABLES)}
        command = [*(program or [str(self.python)]), *arguments]
        return subprocess.run(
            command, cwd=cwd, env={**inherited, **variables}, capture_output=True, text=True, timeout=300, check=False
        )


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("installed")
    _run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder))
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv" / "bin" / "python"
    _run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        str(wheel),
    )
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (packages / "libraries.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return Installed(python, wheel)
