"""How every process of the project runs: what `s3site.process.tune` sets."""

import os
import subprocess
import sys
from pathlib import Path

from s3site.process import COLLECTED_AFTER

ROOT = Path(__file__).parents[2]


def printed(program: str, *, tuned: bool = True, **environment: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MIMALLOC")}
    tuning = "from s3site.process import tune\ntune()\n" if tuned else ""
    command = [sys.executable, "-c", f"{tuning}{program}"]
    done = subprocess.run(command, cwd=ROOT, env=clean | environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_what_is_left_at_the_end_is_not_searched_for_garbage() -> None:
    leaves_garbage = "class Node:\n  def __del__(self): print('collected')\nnode = Node()\nnode.itself = node\ndel node"
    assert printed(leaves_garbage) == ""


def test_arrow_takes_memory_as_it_needs_it_unless_the_environment_says_otherwise() -> None:
    says = "import os; print(os.environ['MIMALLOC_ARENA_EAGER_COMMIT'])"
    assert printed(says) == "0\n"
    assert printed(says, MIMALLOC_ARENA_EAGER_COMMIT="1") == "1\n"


THRESHOLD = "import gc; print(gc.get_threshold()[0])"


def test_the_site_is_tuned() -> None:
    assert printed(f"import s3site.wsgi\n{THRESHOLD}", tuned=False) == f"{COLLECTED_AFTER}\n"


def test_importing_the_project_changes_nothing_of_a_process() -> None:
    """Such as one that calls catalog.load_model()."""
    ordinary = printed(THRESHOLD, tuned=False)
    assert printed(f"import catalog, s3site.process, s3site.settings\n{THRESHOLD}", tuned=False) == ordinary
