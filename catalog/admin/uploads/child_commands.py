"""Commands that the site runs in a child process, for what needs scikit-learn, pandas or pyarrow: this one has none."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

TIME_LIMIT_SECONDS = 600
COMMAND_ERROR = "CommandError: "
# manage.py, wherever the site's own lies: it finds modules where the site does, and none in the folder it runs in.
PROGRAM = """
import sys
sys.path[:] = {path!r}
sys.argv[0] = "manage.py"
from s3site.process import tune
tune()
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""


def run_command(name: str, arguments: Sequence[str], *, folder: Path, too_long: str) -> tuple[dict[str, Any], str]:
    """What the command printed with --json, or what it had against it, in one line that names fields in backticks.

    It runs in `folder`.
    """
    program = PROGRAM.format(path=[str(Path(entry).absolute()) for entry in sys.path])
    command = [sys.executable, "-c", program, name, "--json", "--name-fields", *arguments]
    try:
        process = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=TIME_LIMIT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return {}, too_long
    except OSError as error:
        return {}, f"What the form holds can't be handed on ({error.strerror}). Shorten the longest text in it."
    if process.returncode == 0:
        return json.loads(process.stdout), ""
    lines = process.stderr.strip().splitlines() or [f"manage.py {name} failed and did not say why."]
    errors = (line for line in lines if line.startswith(COMMAND_ERROR))
    return {}, next(errors, lines[-1]).removeprefix(COMMAND_ERROR)
