"""The checks that fired for a version, and those of them that somebody muted with a reason.

Of a version that was trained here they were made when it was trained; of one that was trained elsewhere when it was
measured here, by its newest evaluation.
"""

from dataclasses import dataclass
from typing import Any

from catalog.ml.evaluation.checks.fired_checks import OF_TRAINING, FiredCheck
from catalog.models import Evaluation, ModelVersion


@dataclass(frozen=True)
class RecordedCheck:
    """`muted` is the reason why it does not count; empty while it does."""

    code: str
    kind: str
    sentence: str
    muted: str

    @property
    def name(self) -> str:
        """The code, for people."""
        return code_text(self.code)


def code_text(code: str) -> str:
    """The code, for people."""
    kind, _, target = code.partition(".")
    return kind.replace("_", " ") + (f" of {target}" if target else "")


def recorded_checks(version: ModelVersion) -> list[RecordedCheck]:
    """Those that count first."""
    fired = [FiredCheck.from_json(values) for values in _made(version) or []]
    muted = version.muted_checks
    checks = [RecordedCheck(check.code, check.kind, check.sentence, muted.get(check.code, "")) for check in fired]
    return sorted(checks, key=lambda check: bool(check.muted))


def open_checks(version: ModelVersion) -> list[RecordedCheck]:
    """Those that fired and are not muted."""
    return [check for check in recorded_checks(version) if not check.muted]


def muted_checks(version: ModelVersion) -> list[RecordedCheck]:
    """Those that somebody muted."""
    return [check for check in recorded_checks(version) if check.muted]


def unmade_checks(version: ModelVersion) -> str:
    """A sentence on what was not checked of a version that was trained elsewhere; empty of others."""
    if version.origin != ModelVersion.Origin.UPLOADED or version.signature.get("other_outputs"):
        return ""
    if _made(version) is None:
        return "It was trained elsewhere, and is checked when it is measured here: nobody has done that yet."
    names = ", ".join(map(code_text, OF_TRAINING))
    return f"It was trained elsewhere: what takes its training was not checked ({names})."


def _made(version: ModelVersion) -> list[dict[str, Any]] | None:
    """What fired, as it was recorded; None of an uploaded version that nobody measured. One query at most, which pages
    that ask several times make once."""
    if version.origin != ModelVersion.Origin.UPLOADED:
        return list(version.report.get("checks", []))
    kept = vars(version)
    if "made_checks" not in kept:
        measured = Evaluation.objects.filter(model_version=version)
        kept["made_checks"] = measured.values_list("report__checks", flat=True).first()
    found: list[dict[str, Any]] | None = kept["made_checks"]
    return found
