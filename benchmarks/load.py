"""From the start of a process to its first answer: load_model with the bucket alone, against boto3 and joblib by hand.

    .venv/bin/python -m benchmarks.load [--rounds 15]

The default pipeline (histogram gradient boosting) on ten columns. Ours asks for an alias and has the artifact in its
cache, as it has after the first start; by hand its key is known, and its bytes are fetched each time.
"""

from pathlib import Path

from benchmarks.catalog_on_s3 import CatalogOnS3, catalog_on_s3
from benchmarks.measuring import Measured, Run, asked_rounds, in_turn, ratios, report

PROGRAM = "benchmarks.programs.first_answer"
OURS, BY_HAND = "load_model, bucket only", "boto3 and joblib by hand"


def prepare(catalog: CatalogOnS3) -> tuple[str, Path]:
    """A model in production: the key of its artifact, and one row to ask with."""
    source, row = catalog.folder / "delay.csv", catalog.folder / "row.json"
    catalog.program(PROGRAM, "tables", source, row)
    catalog.train("delay", source, "--target", "arr_delay")
    client = catalog.server.client()
    listed = client.list_objects_v2(Bucket=catalog.server.bucket, Prefix="models/delay/v0001/")["Contents"]
    (key,) = (entry["Key"] for entry in listed if entry["Key"].endswith(".joblib"))
    return str(key), row


def processor_seconds(run: Run) -> float:
    """Which other programs on the machine hardly change."""
    return float(run.told["processor_seconds"])


def main() -> None:
    rounds = asked_rounds(15)
    with catalog_on_s3() as catalog:
        key, row = prepare(catalog)
        catalog.forget_downloads()

        def answer(*how: object) -> Run:
            return catalog.program(PROGRAM, *how, row)

        contestants = {BY_HAND: lambda: answer("by_hand", key), OURS: lambda: answer("catalog", "delay")}
        answers = {first().told["answer"] for first in contestants.values()}  # which fills the cache too
        assert len(answers) == 1, answers
        runs = in_turn(contestants, rounds)
    work = "start to first answer, cached"
    figures = [
        Measured(work, "time / by hand", ratios(runs, OURS, BY_HAND), 1.25),
        Measured(work, "processor seconds / by hand", ratios(runs, OURS, BY_HAND, processor_seconds)),
        Measured(work, "peak MB / by hand", ratios(runs, OURS, BY_HAND, lambda run: run.peak_mb)),
    ]
    report("load", runs, figures)


if __name__ == "__main__":
    main()
