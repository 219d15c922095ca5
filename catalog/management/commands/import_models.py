from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser

from catalog.exceptions import InvalidRequest, counted
from catalog.management.argument_names import program
from catalog.management.catalog_command import CatalogCommand, login_name
from catalog.management.text_tables import aligned
from catalog.ml.artifacts.artifact_formats import shown

if TYPE_CHECKING:
    from catalog.services.uploads.import_models import ModelFile


class Command(CatalogCommand):
    help = (
        "Take a folder of model files into the catalog, each quarantined. Without --yes it only says what it would do."
    )
    example = "import_models models/ --yes"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR", help="A folder with files such as churn_v3.pkl or churn.skops.")
        parser.add_argument("--yes", action="store_true", help="Do it.")
        parser.add_argument(
            "--task",
            choices=["classification", "regression"],
            default="",
            help="Of new models whose files do not say it.",
        )
        parser.add_argument(
            "--by", default="", metavar="USER", help="The uploader to record (default: the login name)."
        )

    def handle(self, *, folder: str, yes: bool, task: str, by: str, json: bool, **options: Any) -> None:
        from catalog.services.uploads.import_models import import_models, needs_pickles, plan_import

        plan = plan_import(folder=folder, progress=self.progress())
        pickles = needs_pickles(plan)
        if pickles:
            self.warn([_of_pickles(pickles)])
            if yes:
                raise InvalidRequest("Nothing was added. Allow pickles, or move them out of the folder.")
        if yes:
            plan = import_models(plan=plan, actor=by or login_name(), task=task, progress=self.progress())
        lines = [self.with_arguments(line) for line in _lines(plan, folder, done=yes)]
        self.report(json, {"files": [_values(file) for file in plan]}, lines)
        refused = sum(1 for file in plan if file.problem)
        if yes and refused:
            raise InvalidRequest(f"{counted(refused, 'file')} could not be added; the table says why.")


def _of_pickles(count: int) -> str:
    what = "is a pickle" if count == 1 else "are pickles"
    return (
        f"{counted(count, 'file')} {what}: loading one runs whatever code is in it. To take them, set "
        "CATALOG_ALLOW_PICKLE_UPLOADS=true; somebody other than you approves each before it is ever loaded."
    )


def _values(file: "ModelFile") -> dict[str, Any]:
    version = file.added or file.present
    return {
        "file": shown(file.path.name),
        "name": file.name,
        "bytes": file.size_bytes,
        "sha256": file.sha256,
        "reference": version.reference if version else None,
        "added": file.added is not None,
        "problem": file.problem,
    }


def _lines(plan: "Sequence[ModelFile]", folder: str, *, done: bool) -> list[str]:
    if not plan:
        return [f"{shown(folder)} holds no model files (.skops, .joblib, .pkl, .pickle)."]
    rows = [["file", "model", "bytes", "what it is", "added" if done else "to do"]]
    for file in plan:
        what = str(file.detected) if file.detected else "–"
        rows.append([shown(file.path.name), file.name or "–", f"{file.size_bytes:,}", what, _outcome(file)])
    fresh = sum(1 for file in plan if file.is_new)
    lines = aligned(rows)
    if done:
        added = sum(1 for file in plan if file.added)
        approve = f" Approve each: {program()} approve_version NAME:NUMBER --by NAME" if added else ""
        return [*lines, f"{counted(added, 'version')} added, quarantined.{approve}"]
    if not fresh:
        return [*lines, "Nothing to add."]
    return [*lines, f"{counted(fresh, 'version')} to add. Nothing was changed; add --yes to do it."]


def _outcome(file: "ModelFile") -> str:
    if file.added:
        return file.added.reference
    if file.problem:
        return f"no: {file.problem}"
    if file.present:
        return f"there already as {file.present.reference}"
    return f"as {file.name}{f':{file.number}, or its next' if file.number else ', its next version'}"
