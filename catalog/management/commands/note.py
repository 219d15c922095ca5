import sys
from typing import Any

from django.core.management.base import CommandParser

from catalog.exceptions import InvalidRequest
from catalog.management.catalog_command import CatalogCommand, login_name


class Command(CatalogCommand):
    help = "Write the notes of a version, or the description of a model or dataset, in place of what was there."
    example = "note churn:3 'Without March' --append"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "reference",
            metavar="REF",
            help="name:3, name:latest or name@alias; dataset:name:2; a model's name; dataset:name.",
        )
        parser.add_argument("text", metavar="TEXT", nargs="?", help="Markdown; without it, standard input is read.")
        parser.add_argument("--append", action="store_true", help="Below what is there, as a paragraph of its own.")

    def handle(self, *, reference: str, text: str | None, append: bool, json: bool, **options: Any) -> None:
        from catalog.services.registry.subjects import find_subject, subject_reference
        from catalog.services.registry.written_texts import write_text

        subject = find_subject(reference)
        what, written = write_text(subject=subject, text=_text(text), append=append, actor=login_name())
        named, verb = subject_reference(subject), "is" if what == "description" else "are"
        state = "kept" if written.strip() else "empty now"
        self.report(json, {"reference": named, what: written}, [f"{named}: the {what} {verb} {state}."])


def _text(text: str | None) -> str:
    if text is not None:
        return text
    if sys.stdin is None or sys.stdin.isatty():
        raise InvalidRequest("`text`: write it behind the reference, or send it to standard input.")
    return sys.stdin.read().strip()
