"""What all commands share: JSON or words on stdout, one clear line for an error, progress on stderr."""

import getpass
import json
import re
from argparse import SUPPRESS, ArgumentParser
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.db import DatabaseError, connection

from catalog.changes import Changes, listen_to_changes
from catalog.exceptions import CatalogError, InvalidRequest, counted, rename_fields
from catalog.management.argument_names import ExampleFormatter, add_example, argument_names, as_typed
from catalog.management.fault_lines import database_problem, file_problem
from catalog.management.interruptions import Interruption, describe_changes, terminable
from catalog.management.output import end_where_nobody_reads, settle_output, writes_unicode, writing
from catalog.progress import Progress

# As text: compiled when first used. What moves a terminal's cursor, colours or reverses its text, or is no text at all.
NOT_TEXT = r"[\x00\ud800-\udfff]"
NOT_PRINTABLE = r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"


class CatalogCommand(BaseCommand):
    """A command parses, looks up, calls one service and reports. Exit 0, or 1 with one line on stderr."""

    # The checks import the admin and more; `manage.py check` runs them.
    requires_system_checks: tuple[str, ...] = ()
    changes_state = True
    # Whether to say that objects lie where they lay before a bucket was named.
    needs_objects = True
    # Servers see to SIGTERM by themselves.
    is_server = False
    # What a person might type, behind the program's name.
    example = ""
    # Of fields that this command alone calls so.
    own_argument_names: Mapping[str, str] = {}
    argument_names: Mapping[str, str] = {}
    names_fields = False
    has_reported = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs.setdefault("formatter_class", ExampleFormatter)
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        add_example(parser, self.example)
        parser.add_argument("--json", action="store_true", help="Print one JSON object and nothing else on stdout.")
        # For the site, which runs commands and knows fields by the labels of its forms.
        parser.add_argument("--name-fields", action="store_true", help=SUPPRESS)
        return parser

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Errors that people can act on, as CommandError; `--traceback` shows where they come from."""
        self.names_fields = bool(options.get("name_fields"))
        self.argument_names = {**argument_names(options), **self.own_argument_names}
        with nullcontext() if self.is_server else terminable(), listen_to_changes() as changes:
            try:
                return self._execute(*args, **options)
            except CatalogError as error:
                raise CommandError(printable(self.with_arguments(str(error)))) from error
            except DatabaseError as error:
                problem = as_typed(database_problem(error))
                connection.close_if_unusable_or_obsolete()  # so that it can be asked what stands
                raise CommandError(f"{problem}{printable(describe_changes(changes))}") from error
            except OSError as error:
                if isinstance(error, BrokenPipeError):
                    end_where_nobody_reads()
                settle_output()
                raise CommandError(printable(f"{file_problem(error)}{describe_changes(changes)}")) from error
            except KeyboardInterrupt as error:
                raise self._interrupted(error, changes, as_json=bool(options.get("json"))) from error

    def _execute(self, *args: Any, **options: Any) -> str | None:
        _require_text(options)
        if options.get("stderr"):  # as execute() does, but before
            self.stderr = OutputWrapper(options["stderr"])
        if self.changes_state and self.needs_objects:
            self.warn_of_objects_left_behind()
        answer = super().execute(*args, **options)
        if self.changes_state:
            self._warn_of_waiting_manifests()
        return answer

    def _interrupted(self, error: KeyboardInterrupt, changes: Changes, *, as_json: bool) -> CommandError:
        """The error that says what was done and what was not; with `as_json` that is the one object on stdout too."""
        interruption = Interruption.of(error, changes, may_change=self.changes_state)
        if as_json and not self.has_reported:
            self.report(True, interruption.values, [])
        return CommandError(printable(interruption.sentence), returncode=interruption.exit_code)

    def warn_of_objects_left_behind(self) -> None:
        from catalog.services.integrity.left_behind import left_behind

        with suppress(DatabaseError):  # the command itself says what is wrong with it
            self.warn([text] if (text := left_behind()) else [])

    def _warn_of_waiting_manifests(self) -> None:
        from catalog.services.persistence.manifests import count_left_manifests

        if waiting := count_left_manifests():
            advice = "A later change stores them, or: manage.py verify_catalog --repair --yes."
            self.warn([f"{counted(waiting, 'manifest')} could not be stored yet. {advice}"])

    def progress(self) -> Progress:
        """Bars on stderr when it is a terminal; else silence."""
        if not self.stderr.isatty():
            return Progress()
        from catalog.management.progress_bars import TerminalProgress

        return TerminalProgress()

    def report(self, as_json: bool, values: Mapping[str, Any], lines: Sequence[str]) -> None:
        """One JSON object, or the lines for people."""
        if as_json:
            from catalog.models.encoding import StrictEncoder

            # JSON is for programs: what a stream can't encode is escaped, and not replaced as it is for people.
            escaped = not writes_unicode(self.stdout)
            lines = [json.dumps(values, cls=StrictEncoder, ensure_ascii=escaped)]
        self.has_reported = True
        with writing():
            for line in lines:
                self.stdout.write(line if as_json else printable(line))

    def warn(self, warnings: Sequence[str]) -> None:
        for warning in warnings:
            self.stderr.write(self.style.WARNING(f"Warning: {printable(self.with_arguments(warning))}"))

    def tell(self, lines: Sequence[str]) -> None:
        """On stderr, beside what is printed: what somebody should know before it is done."""
        for line in lines:
            self.stderr.write(printable(line))

    def with_arguments(self, message: str) -> str:
        """The message with the arguments of this command in place of the fields that it names."""
        return message if self.names_fields else as_typed(rename_fields(message, self.argument_names))


def printable(text: str) -> str:
    """The text in one line that a terminal shows as it is: control characters, which names may hold, are escaped."""
    return re.sub(NOT_PRINTABLE, lambda match: match[0].encode("unicode_escape").decode(), text)


def login_name() -> str:
    """Who runs the command, for `created_by` and audit events."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def add_alias_options(parser: ArgumentParser) -> None:
    parser.add_argument("--alias", default="production", help="The alias to move (default: production).")
    parser.add_argument("--reason", default="", help="Why, for the history.")


def short(sha256: str) -> str:
    return f"sha256 {sha256[:12]}…"


def _require_text(options: Mapping[str, Any]) -> None:
    """Raises InvalidRequest for arguments that are not text in UTF-8: no database holds them."""
    for name, value in options.items():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and re.search(NOT_TEXT, text):
                raise InvalidRequest(f"`{name}`: {text[:80]!r} is not text in UTF-8.")
