from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand, login_name


class Command(CatalogCommand):
    help = "Mute a check that fired for a version, with the reason why it does not matter there; or take that back."
    example = "mute_check churn:4 leak --reason 'the contract is known before'"
    own_argument_names = {"code": "CODE"}

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reference", metavar="REF", help="name:3, name:latest or name@alias.")
        parser.add_argument("code", metavar="CODE", help="As train_model, evaluate and show name it.")
        parser.add_argument("--reason", required=True, help="Kept with the version, in its card and in the history.")
        parser.add_argument("--unmute", action="store_true", help="The check counts again.")

    def handle(self, *, reference: str, code: str, reason: str, unmute: bool, json: bool, **options: Any) -> None:
        from catalog.services.evaluation.mute_check import mute_check, unmute_check
        from catalog.services.evaluation.recorded_checks import open_checks
        from catalog.services.registry.subjects import named_version

        change = unmute_check if unmute else mute_check
        version = change(version=named_version(reference), code=code, reason=reason, actor=login_name())
        left = [check.code for check in open_checks(version)]
        values = {"reference": version.reference, "muted": version.muted_checks, "checks": left}
        rest = f" These are not: {', '.join(left)}." if left and not unmute else ""
        done = "counts again" if unmute else "is muted"
        self.report(json, values, [f"{version.reference}: {code} {done}.{rest}"])
