"""The checks that fired when a version was trained, and those of them that somebody muted with a reason."""

from dataclasses import dataclass

from catalog.ml.evaluation.fired_checks import FiredCheck
from catalog.models import ModelVersion


@dataclass(frozen=True)
class RecordedCheck:
    """`muted` is the reason why it does not count; empty while it does."""

    code: str
    sentence: str
    muted: str

    @property
    def name(self) -> str:
        """The code, for people."""
        return self.code.replace("_", " ")


def recorded_checks(version: ModelVersion) -> list[RecordedCheck]:
    """Those that count first; none of an uploaded version, which was not trained here."""
    fired = [FiredCheck.from_json(values) for values in version.report.get("checks", [])]
    checks = [RecordedCheck(check.code, check.sentence, version.muted_checks.get(check.code, "")) for check in fired]
    return sorted(checks, key=lambda check: bool(check.muted))


def open_checks(version: ModelVersion) -> list[RecordedCheck]:
    """Those that fired and are not muted."""
    return [check for check in recorded_checks(version) if not check.muted]


def muted_checks(version: ModelVersion) -> list[RecordedCheck]:
    """Those that somebody muted."""
    return [check for check in recorded_checks(version) if check.muted]
