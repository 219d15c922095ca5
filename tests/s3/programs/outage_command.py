"""A command whose database restarts before one of its statements: outage_command.py NUMBER FOLDER promote …

Before statement NUMBER that writes, counted from 1, it makes the file `stop` in FOLDER and waits until it is gone. At
the end it writes how many there were into the file `statements`.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
from django.core.management import execute_from_command_line
from django.db import connection

django.setup()


program, number, folder, *command = sys.argv
stop, written = Path(folder) / "stop", 0


def interrupted(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
    global written
    if sql.startswith(("INSERT", "UPDATE", "DELETE")):
        written += 1
        if written == int(number):
            stop.touch()
            while stop.exists():
                time.sleep(0.01)
    return execute(sql, *arguments)


with connection.execute_wrapper(interrupted):
    try:
        execute_from_command_line([program, *command])
    finally:
        (Path(folder) / "statements").write_text(str(written))
