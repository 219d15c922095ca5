from typing import IO, TYPE_CHECKING, Any

from django.core.management.base import CommandParser

from catalog.exceptions import InvalidRequest, counted
from catalog.management.argument_names import PREDICTION_ARGUMENTS
from catalog.management.catalog_command import CatalogCommand, login_name, printable, short
from catalog.management.output import prints_aside
from catalog.management.reading_arguments import add_code_argument, add_dialect_options, dialect_options

if TYPE_CHECKING:
    from catalog.services.prediction.predict import Predicted
    from catalog.services.prediction.prediction_request import PredictionRequest

MIB = 1024 * 1024


class Command(CatalogCommand):
    help = "Predict a file with a model version."
    example = "predict churn --input new.csv --output scored.csv --proba --id-column customer_id"
    own_argument_names = PREDICTION_ARGUMENTS

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "reference",
            metavar="REF",
            nargs="?",
            default="",
            help="name (in production), name:3, name:latest or name@alias.",
        )
        parser.add_argument(
            "-i",
            "--input",
            default="",
            metavar="SOURCE",
            dest="source",
            help="A path, s3://bucket/key, dataset:NAME[:N], or - for standard input: a table as add_dataset takes it.",
        )
        parser.add_argument(
            "-o",
            "--output",
            default="",
            metavar="DEST",
            help="A path, s3://bucket/key, or - for standard output. Without it the result is kept in the catalog.",
        )
        self._add_how(parser)
        self._add_where(parser)

    def _add_how(self, parser: CommandParser) -> None:
        """The options that say how the input is read and the output written."""
        parser.add_argument("--sheet", default="", metavar="NAME", help="The sheet of a workbook (default: the first).")
        parser.add_argument("--proba", action="store_true", help="Write the probability of each class too.")
        parser.add_argument(
            "--id-column",
            action="append",
            default=[],
            metavar="C",
            dest="id_columns",
            help="Copy this column to the output.",
        )
        parser.add_argument(
            "--escape-formulas",
            action="store_true",
            help="Put a single quote before each text that a spreadsheet would compute: for CSV that people open.",
        )
        parser.add_argument(
            "--allow-version-mismatch", action="store_true", help="Load it in spite of another scikit-learn."
        )
        add_code_argument(parser)
        add_dialect_options(parser)

    def _add_where(self, parser: CommandParser) -> None:
        """The options that say where it is done."""
        parser.add_argument(
            "--background", action="store_true", help="Queue it for a worker (make worker) and return at once."
        )
        parser.add_argument(
            "--engine",
            choices=["local", "dask"],
            default="local",
            help="dask: in parts, on the cluster that DASK_SCHEDULER names. SOURCE is then a folder, a pattern such as "
            "s3://bucket/folder/*.parquet, a file or dataset:NAME, and DEST a folder (default: local).",
        )
        parser.add_argument(
            "--part-size", type=float, default=128, metavar="MIB", help="Of one Parquet file, for dask (default: 128)."
        )
        parser.add_argument("--resume", default="", metavar="RECEIPT", help="Go on with a run in parts that stopped.")

    def handle(
        self,
        *,
        reference: str,
        source: str,
        output: str,
        proba: bool,
        id_columns: list[str],
        allow_version_mismatch: bool,
        sheet: str,
        code_from_version: bool,
        escape_formulas: bool,
        json: bool,
        **where: Any,
    ) -> None:
        from catalog.services.prediction.prediction_request import PredictionRequest

        if json and output == "-":
            raise InvalidRequest("--json and --output - would both write to standard output. Choose one.")
        _check_named(reference, source, where["resume"])
        dialect = {name: value for name, value in dialect_options(where).items() if value}
        how = (proba, id_columns, allow_version_mismatch, sheet, dialect, code_from_version, escape_formulas)
        request = PredictionRequest(reference, source, output, *how)
        if where["background"]:
            self._queue(request, json, **where)
            return
        with prints_aside() as own_output:
            predicted = self._predicted(request, own_output, **where)
        self.warn(predicted.warnings)
        if output == "-":
            for line in _lines(predicted):
                self.stderr.write(printable(line))
        else:
            self.report(json, _values(predicted), _lines(predicted))

    def _queue(self, request: "PredictionRequest", json: bool, *, engine: str, resume: str, **options: Any) -> None:
        if resume or engine == "dask":
            raise InvalidRequest("--background runs on one worker: leave out --engine dask and --resume.")
        from catalog.management.job_lines import job_values, queued_lines
        from catalog.services.jobs.starting import start_prediction

        job = start_prediction(request=request, actor=login_name())
        self.report(json, job_values(job), queued_lines(job))

    def _predicted(
        self,
        request: "PredictionRequest",
        own_output: IO[bytes],
        *,
        engine: str,
        resume: str,
        part_size: float,
        **options: Any,
    ) -> "Predicted":
        from catalog.services.prediction.predict import predict

        if not resume and engine == "local":
            return predict(request=request, actor=login_name(), progress=self.progress(), stdout=own_output)
        from catalog.services.distributed.prediction_runs import predict_in_parts, resume_in_parts

        if resume:
            return resume_in_parts(receipt=resume, actor=login_name(), progress=self.progress())
        return predict_in_parts(
            request=request, part_bytes=_bytes(part_size), actor=login_name(), progress=self.progress()
        )


def _check_named(reference: str, source: str, resume: str) -> None:
    """Raises InvalidRequest unless it is clear what to predict: an input with a version, or the rest of a run."""
    if resume and (reference or source):
        raise InvalidRequest("--resume goes on with what the run was asked for: leave out REF and --input.")
    missing = [name for name, value in {"REF": reference, "-i/--input": source}.items() if not value]
    if missing and not resume:
        raise InvalidRequest(
            f"the following arguments are required: {', '.join(missing)}; or --resume RECEIPT, for a run that stopped."
        )


def _bytes(mebibytes: float) -> int:
    if not 0 < mebibytes < float("inf"):
        raise InvalidRequest(f"--part-size {mebibytes} must be more than 0.")
    return int(mebibytes * MIB)


def _values(predicted: "Predicted") -> dict[str, Any]:
    receipt = predicted.receipt
    return {
        "reference": predicted.version.reference,
        "sha256": predicted.version.sha256,
        "rows": receipt.row_count,
        "parts": receipt.part_count,
        "output": receipt.output_uri,
        "output_sha256": receipt.output_sha256,
        "seconds": receipt.seconds,
        "unseen_categories": receipt.unseen_categories,
        "extra_columns": receipt.extra_columns,
        "notes": predicted.notes,
        "receipt": str(receipt.id),
    }


def _lines(predicted: "Predicted") -> list[str]:
    receipt, version = predicted.receipt, predicted.version
    seconds, named = receipt.seconds, f"{version.reference} ({short(version.sha256)})"
    rate = receipt.row_count / max(seconds, 1e-9)
    rows = counted(receipt.row_count, "row")
    if receipt.part_count:
        rows = f"{rows} of {counted(receipt.part_count, 'part')}"
    where = "standard output" if receipt.output_uri == "-" else receipt.output_uri
    lines = [
        f"Predicted with {named}: {rows} in {seconds:.1f} s ({rate:,.0f} rows/s).",
        f"  Output: {where}",
        f"  Receipt: {receipt.id}",
    ]
    lines += [f"  {note}" for note in predicted.notes]
    if receipt.extra_columns:
        lines.append(f"  Columns not used: {', '.join(receipt.extra_columns)}.")
    lines += [
        f"  {name}: {counted(count, 'cell')} with a category that was not in the training data."
        for name, count in receipt.unseen_categories.items()
    ]
    return lines
