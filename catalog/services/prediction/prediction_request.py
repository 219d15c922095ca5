"""What is asked of a prediction, light enough for the site, which only queues it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

DATASET_PREFIX = "dataset:"
STANDARD_STREAM = "-"


@dataclass(frozen=True)
class PredictionRequest:
    """As the user gave it. `output` is a path, s3://bucket/key, `-`, or empty to keep the result in the catalog.

    `sheet` is the one to read of a workbook; the first that is not empty when it is empty. `dialect` is what is said of
    how a text is written, as `ReadingRequest` takes it.
    """

    reference: str
    source: str
    output: str = ""
    with_probabilities: bool = False
    id_columns: Sequence[str] = ()
    allow_version_mismatch: bool = False
    sheet: str = ""
    dialect: Mapping[str, Any] = field(default_factory=dict)
    code_from_version: bool = False

    @property
    def leave(self) -> dict[str, bool]:
        """What the loading of the version may do that it does not do unasked."""
        return {
            "allow_version_mismatch": self.allow_version_mismatch,
            "code_from_version": self.code_from_version,
        }
