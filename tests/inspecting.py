"""Inspections without a process of their own, for tests of what is done with their answers: each spares 3 s of imports.

tests/ml/artifacts/inspection/test_limits.py and tests/services/uploads/test_inspection.py use the real process.
"""

from collections.abc import Mapping
from typing import IO, Any

import pytest

from catalog.ml.artifacts.inspection import inspection_process
from catalog.ml.artifacts.inspection.limits import Limits, check_answer


def _inspected_here(file: IO[bytes], arguments: Mapping[str, Any], limits: Limits, *, name: str) -> dict[str, Any]:
    file.seek(0)
    return check_answer(inspection_process.answer_request(file, {**arguments, "name": name}, limits), name)


@pytest.fixture
def inspected_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.services.uploads.inspection.run_limited", _inspected_here)
