"""The difference of a metric between two versions on the same rows; without numpy, for the web process."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Self

from catalog.exceptions import counted
from catalog.ml.evaluation.metric_names import higher_is_better

FEWEST_ROWS = 30  # fewer tell nothing


class Verdict(StrEnum):
    BETTER = "better"
    WORSE = "worse"
    CHANCE = "within chance"
    SAME = "same"


@dataclass(frozen=True)
class Difference:
    """A metric of the first version less that of the second, with its interval, in units of the metric."""

    metric: str
    first: float
    second: float
    low: float
    high: float
    rows: int

    @property
    def value(self) -> float:
        return self.first - self.second

    @property
    def verdict(self) -> Verdict:
        """On the first version, by the metric's direction; better and worse only beyond what chance does."""
        if self.low <= 0 <= self.high or self.rows < FEWEST_ROWS:
            return Verdict.CHANCE if self.value or self.low != self.high else Verdict.SAME
        return Verdict.BETTER if (self.value > 0) == higher_is_better(self.metric) else Verdict.WORSE

    @property
    def text(self) -> str:
        """`+0.031 (−0.004 to +0.066)`."""
        value, low, high = (f"{number:+.3g}".replace("-", "−") for number in (self.value, self.low, self.high))
        return f"{value} ({low} to {high})"

    @property
    def sentence(self) -> str:
        """The verdict, for people."""
        if self.verdict == Verdict.CHANCE:
            return f"within what chance does on {counted(self.rows, 'row')}"
        return str(self.verdict)

    @property
    def reversed(self) -> Self:
        """The second version less the first."""
        return replace(self, first=self.second, second=self.first, low=-self.high, high=-self.low)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        return cls(**values)
