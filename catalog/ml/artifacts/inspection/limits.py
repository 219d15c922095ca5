"""How much a process that opens an uploaded model may take, and how such a process is run and ended."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from catalog.exceptions import InvalidArtifact
from catalog.temporary_files import temporary_folder

GIB = 1024**3
# Of virtual memory, before anything is loaded: scikit-learn, pandas and skops take 0.6 GiB.
BASE_BYTES = 2 * GIB
ANSWER_BYTES = 64 * 1024**2


@dataclass(frozen=True)
class Limits:
    """`unpacked_bytes` bounds the file's contents; `seconds` is both the time that passes and that of the processor."""

    unpacked_bytes: int = 2 * GIB
    members: int = 100_000
    schema_bytes: int = 128 * 1024**2
    seconds: int = 120

    @property
    def address_bytes(self) -> int:
        """Reading an array holds its bytes packed, unpacked and as an array."""
        return BASE_BYTES + 3 * self.unpacked_bytes


def run_limited(file: IO[bytes], arguments: Mapping[str, Any], limits: Limits, *, name: str) -> dict[str, Any]:
    """What `inspection_process` found in the open file. Raises InvalidArtifact, also when the child crashed.

    The child has none of this process's environment but where Python finds its modules: no keys, no database.
    """
    with temporary_folder() as folder:
        request = {**arguments, "name": name, "limits": asdict(limits)}
        (folder / "arguments.json").write_text(json.dumps(request))
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "catalog.ml.artifacts.inspection.inspection_process"],
            stdin=file,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=_environment(str(folder)),
            start_new_session=True,
        )
        try:
            code = process.wait(limits.seconds)
        except subprocess.TimeoutExpired as error:
            raise InvalidArtifact(
                f"{name} was not opened: inspecting it took longer than {limits.seconds} seconds."
            ) from error
        finally:
            _end(process)
        return _answer(folder / "answer.json", code, name)


def _environment(folder: str) -> dict[str, str]:
    single_threaded = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    paths = [path for path in sys.path if path]
    fixed = {"PATH": os.defpath, "HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    return {**single_threaded, **fixed, "PYTHONPATH": os.pathsep.join(paths)}


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill the child and whatever it started in its session."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _answer(path: Path, code: int, name: str) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        how = signal.Signals(-code).name if code < 0 else f"exit {code}"
        raise InvalidArtifact(
            f"{name} is refused: the process that inspected it ended with {how}. The file is corrupted, or needs more "
            "memory than CATALOG_MODEL_BYTES allows."
        ) from error
    return check_answer(answer, name)


def check_answer(answer: dict[str, Any], name: str) -> dict[str, Any]:
    """The answer itself. Raises InvalidArtifact when it is a problem."""
    if "problem" in answer:
        raise InvalidArtifact(f"{name} is refused: {answer['problem']}")
    return answer
