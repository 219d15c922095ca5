"""The real process that inspects: what it is given, what it may take, and how it ends."""

import io
import os
import pickle
import signal
import time
from pathlib import Path
from typing import IO, Any

import pytest

from catalog.exceptions import InvalidArtifact
from catalog.ml.artifacts.inspection.limits import Limits, run_limited
from tests.hostile_models import archive, fitted, skops_bytes
from tests.summary import count

DESCRIBED = {"columns": None, "source": "", "target": "", "task": ""}
SKOPS = {"family": "skops", "compression": "", "trusted": [], "approved": None, "described": DESCRIBED}
APPROVED_PICKLE = {**SKOPS, "family": "pickle", "approved": []}


class Runs:
    """Unpickled, it evaluates the Python expression."""

    def __init__(self, expression: str) -> None:
        self.expression = expression

    def __reduce__(self) -> tuple[Any, ...]:
        return eval, (self.expression,)


@pytest.fixture
def opened(tmp_path: Path) -> Any:
    files: list[IO[bytes]] = []

    def write(content: bytes) -> IO[bytes]:
        path = tmp_path / "model"
        path.write_bytes(content)
        files.append(path.open("rb"))
        return files[-1]

    yield write
    for file in files:
        file.close()


def test_a_sound_model_is_described(opened: Any) -> None:
    answer = run_limited(opened(skops_bytes(fitted("tree"))), SKOPS, Limits(), name="m.skops")
    assert (answer["inspection"]["trees"], answer["signature"]["task"]) == (1, "classification")


def test_a_bomb_is_refused_without_the_memory(opened: Any) -> None:
    content = archive({"schema.json": b"{}", "a.npy": b"\0" * 20_000_000})
    with pytest.raises(InvalidArtifact, match=r"^m\.skops is refused: it unpacks to 20,000,002 bytes"):
        run_limited(opened(content), SKOPS, Limits(unpacked_bytes=1_000_000), name="m.skops")


def run_code(opened: Any, expression: str, **limits: int) -> str:
    """How it ended when that was evaluated in the child."""
    with pytest.raises(InvalidArtifact) as caught:
        run_limited(opened(pickle.dumps(Runs(expression))), APPROVED_PICKLE, Limits(**limits), name="m.pkl")
    count("hostile models refused")
    return str(caught.value)


def test_a_crash_is_one_line(opened: Any) -> None:
    message = run_code(opened, "__import__('os').kill(__import__('os').getpid(), 11)")
    assert message == (
        "m.pkl is refused: the process that inspected it ended with SIGSEGV. The file is corrupted, or needs more "
        "memory than CATALOG_MODEL_BYTES allows."
    )


def test_what_takes_too_long_is_refused(opened: Any) -> None:
    assert run_code(opened, "1", seconds=0) == "m.pkl was not opened: inspecting it took longer than 0 seconds."


def test_what_the_file_started_ends_with_the_inspection(opened: Any, tmp_path: Path) -> None:
    started = tmp_path / "pid"
    run_code(opened, f"open({str(started)!r}, 'w').write(str(__import__('subprocess').Popen(['sleep', '600']).pid))")
    assert is_gone(int(started.read_text()))


def is_gone(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
            if "Z" in Path(f"/proc/{pid}/stat").read_text().split(")")[1][:3]:
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False


def test_what_takes_too_much_memory_is_refused(opened: Any) -> None:
    message = run_code(opened, "len(bytearray(9 * 1024**3))", unpacked_bytes=1024**2)
    assert "MemoryError" in message


def test_what_writes_too_much_is_killed(opened: Any) -> None:
    message = run_code(opened, "open('large', 'wb').write(bytes(70 * 1024**2))")
    assert "File too large" in message or signal.SIGXFSZ.name in message


def test_the_child_knows_no_secret(opened: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "DATABASE_URL", "DJANGO_SECRET_KEY"):
        monkeypatch.setenv(name, "planted-secret")
    seen = tmp_path / "seen"
    run_code(opened, f"open({str(seen)!r}, 'w').write(repr(dict(__import__('os').environ)))")
    assert "PYTHONPATH" in seen.read_text()
    assert "planted-secret" not in seen.read_text()


def test_the_file_is_read_from_its_start(opened: Any) -> None:
    file = opened(b"\x80\x04no pickle")
    file.seek(0, io.SEEK_END)
    with pytest.raises(InvalidArtifact, match="it is incomplete"):
        run_limited(file, APPROVED_PICKLE, Limits(), name="m.pkl")
