"""What makes one doubt a training, each with a code by which it is muted; without numpy, for the web process."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
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
    """`sentence` says what was found, and what may be done about it. Of one target of several its name stands in both,
    as in those of its metrics: `leak.price`."""

    code: str
    sentence: str

    @property
    def kind(self) -> str:
        """What was checked, of whichever target: a CheckCode, unless another release knows more of them."""
        return self.code.partition(".")[0]

    def of_target(self, name: str) -> Self:
        return replace(self, code=f"{self.code}.{name}", sentence=f"{name}: {self.sentence}")

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        return cls(**values)


def in_order(checks: Iterable[FiredCheck]) -> list[FiredCheck]:
    """The gravest first, as the codes stand."""
    codes = list(CheckCode)
    return sorted(checks, key=lambda check: codes.index(CheckCode(check.kind)))
