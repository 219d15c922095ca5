"""What is asked of a prediction, light enough for the site, which only queues it."""

from collections.abc import Sequence
from dataclasses import dataclass

DATASET_PREFIX = "dataset:"
STANDARD_STREAM = "-"


@dataclass(frozen=True)
class PredictionRequest:
    """As the user gave it. `output` is a path, s3://bucket/key, `-`, or empty to keep the result in the catalog."""

    reference: str
    source: str
    output: str = ""
    with_probabilities: bool = False
    id_columns: Sequence[str] = ()
    allow_version_mismatch: bool = False
