"""Workbooks (.xlsx, .xls, .ods) as Parquet. A process of its own reads them whole, with a limit on its memory."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from catalog.exceptions import InvalidData
from catalog.ml.tables.importing.sheet_request import SheetRequest

# A few kilobytes can describe a sheet of 17 thousand million cells, and all of them are held at once.
MEMORY_BYTES = 2 * 1024**3
SECONDS = 600
LARGEST_BYTES = 200 * 1024 * 1024
PROGRAM = """
import sys
sys.path[:] = {path!r}
from catalog.ml.tables.importing.workbook_process import main
main()
"""


def convert_workbook(path: Path, name: str, target: Path, sheet: SheetRequest) -> tuple[str, ...]:
    """Which sheet was read, and what people should hear of it, one line each. Raises InvalidData."""
    if (size := path.stat().st_size) > LARGEST_BYTES:
        raise InvalidData(f"{name} has {size:,} bytes; workbooks are read up to {LARGEST_BYTES:,}. Save it as CSV.")
    program = PROGRAM.format(path=[str(Path(entry).absolute()) for entry in sys.path])
    arguments = [str(path.absolute()), str(target.absolute()), json.dumps(sheet.as_json()), str(MEMORY_BYTES)]
    try:
        process = subprocess.run(
            [sys.executable, "-c", program, *arguments], capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise InvalidData(f"{name} took more than {SECONDS} seconds to read. Save the sheet as CSV.") from error
    answer = _answer(process.stdout)
    if "notes" in answer:
        return tuple(answer["notes"])
    too_large = f"it needs more than {MEMORY_BYTES / 1024**3:.1f} GiB of memory. Save the sheet as CSV"
    problem = answer.get("problem", too_large)
    raise InvalidData(f"{name} can't be read: {problem}{'' if problem.endswith('?') else '.'}")


def _answer(output: bytes) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = json.loads(output)
    except ValueError:
        return {}
    return answer
