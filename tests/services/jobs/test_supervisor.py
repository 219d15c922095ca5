"""What the worker writes down of a child that tells nothing for long."""

from typing import Any

import pytest

from catalog.services.jobs import supervisor
from catalog.services.jobs.leases import Lease
from catalog.services.jobs.supervisor import LeaseKeeper


class Child:
    """Tells what it is given to tell."""

    def __init__(self, **step: Any) -> None:
        self.step = step

    def reported(self) -> dict[str, Any]:
        return {**self.step, "log": []}


@pytest.mark.parametrize(("unit", "expected"), [("bytes", "store (waiting)"), ("rows", "store")])
def test_bytes_that_do_not_move_are_shown_as_waited_for(
    monkeypatch: pytest.MonkeyPatch, unit: str, expected: str
) -> None:
    child: Any = Child(step="store", unit=unit, done=0, total=9)
    keeper = LeaseKeeper(Lease(1, "t"), child)
    now = [100.0]
    monkeypatch.setattr(supervisor.time, "monotonic", lambda: now[0])
    assert keeper._reported()["step"] == "store"
    now[0] += supervisor.SILENT_SECONDS + 1
    assert keeper._reported()["step"] == expected
    child.step["done"] = 3
    assert keeper._reported()["step"] == "store"
