"""What is asked of a prediction, light enough for the site, which only queues it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.exceptions import InvalidRequest
from catalog.ml.tables.file_formats import FileFormat, require_output_format
from catalog.storage.addresses import check_destination

DATASET_PREFIX = "dataset:"
STANDARD_STREAM = "-"


@dataclass(frozen=True)
class PredictionRequest:
    """As the user gave it. `output` is a path, s3://bucket/key, `-`, or empty to keep the result in the catalog.

    `sheet` is the one to read of a workbook; the first that is not empty when it is empty. `dialect` is what is said of
    how a text is written, as `ReadingRequest` takes it. `escape_formulas` is for CSV that people open in a spreadsheet.
    `partitions` are the columns that a file's folders held before it was copied out of them, with their values.
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
    escape_formulas: bool = False
    partitions: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def leave(self) -> dict[str, bool]:
        """What the loading of the version may do that it does not do unasked."""
        return {
            "allow_version_mismatch": self.allow_version_mismatch,
            "code_from_version": self.code_from_version,
        }


def choose_format(request: PredictionRequest) -> FileFormat:
    """The format of the output, by its name; CSV where it has none. Raises before anything is read."""
    if request.output in {"", STANDARD_STREAM}:
        return FileFormat.CSV
    check_destination(request.output, source=request.source)
    output_format = require_output_format(request.output)
    if request.escape_formulas and output_format is FileFormat.PARQUET:
        raise InvalidRequest("`escape_formulas` is for CSV: nothing computes what Parquet holds. Leave it out.")
    return output_format
