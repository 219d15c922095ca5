"""How every process of the project runs: what `s3site` sets before anything else is imported."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def printed(program: str, **environment: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MIMALLOC")}
    command = [sys.executable, "-c", f"import s3site\n{program}"]
    options = {"cwd": ROOT, "env": clean | environment, "capture_output": True, "text": True, "check": True}
    return str(subprocess.run(command, **options).stdout)  # type: ignore[call-overload]


def test_what_is_left_at_the_end_is_not_searched_for_garbage() -> None:
    leaves_garbage = "class Told:\n  def __del__(self): print('found')\ntold = Told()\ntold.itself = told\ndel told"
    assert printed(leaves_garbage) == ""


def test_arrow_takes_memory_as_it_needs_it_unless_the_environment_says_otherwise() -> None:
    says = "import os; print(os.environ['MIMALLOC_ARENA_EAGER_COMMIT'])"
    assert printed(says) == "0\n"
    assert printed(says, MIMALLOC_ARENA_EAGER_COMMIT="1") == "1\n"
