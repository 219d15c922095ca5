"""What makes one doubt a training, each with a code by which it is muted; without numpy, for the web process."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self


class CheckCode(StrEnum):
    """As they are typed and stored."""

    BELOW_BASELINE = "below_baseline"
    OVERFITTED = "overfitted"
    LEAK = "leak"
    IDENTIFIER = "identifier"
    SHARED_ROWS = "shared_rows"
    TIMES_OVERLAP = "times_overlap"
    FOLDS_DISAGREE = "folds_disagree"
    FEW_ROWS_OF_CLASS = "few_rows_of_class"
    UNCALIBRATED = "uncalibrated"


# Those that look at how it was trained: of a version that was trained elsewhere they can't be made.
OF_TRAINING = (CheckCode.OVERFITTED, CheckCode.SHARED_ROWS, CheckCode.TIMES_OVERLAP, CheckCode.FOLDS_DISAGREE)


@dataclass(frozen=True)
class FiredCheck:
    """`sentence` says what was found, and what may be done about it."""

    code: str
    sentence: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        return cls(**values)


def in_order(checks: Iterable[FiredCheck]) -> list[FiredCheck]:
    """The gravest first, as the codes stand."""
    codes = list(CheckCode)
    return sorted(checks, key=lambda check: codes.index(CheckCode(check.code)))
