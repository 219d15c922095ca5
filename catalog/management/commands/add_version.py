from typing import Any

from django.core.management.base import CommandParser

from catalog.exceptions import InvalidRequest
from catalog.management.catalog_command import CatalogCommand, login_name
from catalog.management.upload_lines import upload_lines, upload_values, version_and_digest


class Command(CatalogCommand):
    help = "Add a model that was trained elsewhere as the next version of a model."
    example = "add_version churn model.skops --dataset churn:2 --target left"
    own_argument_names = {"source": "FILE"}

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="The model's name.")
        parser.add_argument(
            "source", metavar="FILE", help="A path or s3://bucket/key: .skops, .joblib, .pkl or .pickle."
        )
        parser.add_argument(
            "--dataset", default="", metavar="D[:N]", help="What it was trained on: its columns' types."
        )
        parser.add_argument("--target", default="", metavar="COLUMN", help="The column that it predicts.")
        parser.add_argument(
            "--task", choices=["classification", "regression"], default="", help="Where neither file nor model says it."
        )
        parser.add_argument(
            "--metric",
            action="append",
            default=[],
            metavar="k=v",
            dest="metrics",
            help="As accuracy=0.93, measured by you.",
        )
        parser.add_argument("--notes", default="", help="Kept with the version.")
        parser.add_argument(
            "--by", default="", metavar="USER", help="The uploader to record (default: the login name)."
        )

    def handle(
        self,
        *,
        name: str,
        source: str,
        dataset: str,
        target: str,
        task: str,
        metrics: list[str],
        notes: str,
        by: str,
        json: bool,
        **options: Any,
    ) -> None:
        from catalog.services.uploads.add_version import add_version

        version = add_version(
            name=name,
            source=source,
            dataset=dataset,
            target=target,
            task=task,
            metrics=dict(_metric(given) for given in metrics),
            notes=notes,
            actor=by or login_name(),
            progress=self.progress(),
        )
        first = f"Added {version_and_digest(version)}: {version.status}."
        self.report(json, upload_values(version), [first, *upload_lines(version)])


def _metric(given: str) -> tuple[str, float]:
    name, _, text = given.partition("=")
    try:
        return name, float(text)
    except ValueError as error:
        raise InvalidRequest(f"`metrics` {given[:80]!r} is not written as name=number, as in accuracy=0.93.") from error
