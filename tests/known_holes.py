"""Known holes of the pinned versions of what runs in production: `make audit`.

pip-audit asks PyPI, and where that does not answer such questions, as mirrors may not, OSV. Where neither does, one
line says so, and what was to be asked about is printed: each pinned version. Exit 0: no hole is known; 1: some are;
3: of some versions nobody told.
"""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "var" / "audit"
REQUIREMENTS = ("requirements.txt", "requirements-dask.txt", "requirements-serving.txt", "requirements-sql.txt")
SERVICES = {"pypi": "PyPI", "osv": "OSV"}
NONE_KNOWN, SOME_KNOWN, NOBODY_TOLD = 0, 1, 3
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True)
class Answer:
    """`holes` are lines, `told` the versions that were asked about with success; else `problem` says why not."""

    holes: list[str] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    problem: str = ""


def pins() -> list[str]:
    """Each pinned version once, as `name==version`, by name."""
    texts = [(ROOT / name).read_text() for name in REQUIREMENTS]
    return sorted({f"{name.lower()}=={version}" for text in texts for name, version in PIN.findall(text)})


def make_environment() -> Path:
    """pip-audit's, which is not the project's. Raises CalledProcessError."""
    python = FOLDER / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True)
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "pip-audit"]
    subprocess.run([python, *install], check=True)
    return FOLDER / "bin" / "pip-audit"


def ask(program: Path, service: str) -> Answer:
    files = [option for name in REQUIREMENTS for option in ("-r", name)]
    how = ("--vulnerability-service", service, "--format", "json", "--progress-spinner", "off", "--require-hashes")
    done = subprocess.run(
        [program, *how, "--disable-pip", *files], cwd=ROOT, capture_output=True, text=True, check=False
    )
    try:
        dependencies = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return Answer(problem=(done.stderr.strip().splitlines() or ["it said nothing"])[-1][:200])
    skipped = [found["skip_reason"] for found in dependencies if "skip_reason" in found]
    answered = [found for found in dependencies if "skip_reason" not in found]
    holes = [
        f"{found['name']}=={found['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'none'}"
        for found in answered
        for hole in found["vulns"]
    ]
    told = {f"{found['name'].lower()}=={found['version']}" for found in answered}
    return Answer(holes, told, skipped[0] if skipped else "")


def audit(program: Path) -> int:
    wanted, told, problems = pins(), set[str](), []
    for service, name in SERVICES.items():
        answer = ask(program, service)
        if answer.holes:
            _say([f"{name} knows {len(answer.holes)} holes:", *answer.holes])
            return SOME_KNOWN
        told |= answer.told
        if untold := [pin for pin in wanted if pin not in told]:
            problems.append(f"{name}: {answer.problem}")
            continue
        _say([f"No hole is known of {len(wanted)} pinned versions ({name})."])
        return NONE_KNOWN
    _say([f"Of {len(untold)} of {len(wanted)} pinned versions nobody told ({'; '.join(problems)}). They are:", *untold])
    return NOBODY_TOLD


def _say(lines: Sequence[str]) -> None:
    sys.stdout.write("\n".join([*lines, ""]))


if __name__ == "__main__":
    sys.exit(audit(make_environment()))
