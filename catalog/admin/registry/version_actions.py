"""What people can do on a version's page."""

from pathlib import Path
from typing import Any

from django.http import HttpRequest

from catalog.admin.actions import Action, ReasonForm
from catalog.admin.registry.approval_actions import APPROVAL_ACTIONS
from catalog.admin.registry.change_context import change_context, explain_change
from catalog.admin.registry.version_forms import (
    AliasForm,
    AttachForm,
    HeldAliasForm,
    MuteCheckForm,
    NewNameForm,
    NotesForm,
    PromoteForm,
    UnmuteCheckForm,
)
from catalog.admin.tagging import TAG_ACTION
from catalog.exceptions import CatalogError
from catalog.ml.evaluation.checks.fired_checks import CheckCode
from catalog.models import ModelVersion
from catalog.reference_syntax import DEFAULT_ALIAS
from catalog.services.evaluation.mute_check import mute_check, unmute_check
from catalog.services.evaluation.recorded_checks import muted_checks, open_checks
from catalog.services.exchange.copy_version import copy_version
from catalog.services.registry import curation
from catalog.services.registry.aliases import remove_alias, why_not_promoted_by
from catalog.services.registry.attachments import attach_file
from catalog.services.registry.change_review import promote_reviewed, review_promotion
from catalog.services.registry.references import why_not_ready
from catalog.temporary_files import temporary_file

State = ModelVersion.State
RESTORABLE = (State.ARCHIVED, State.TRASHED)
DISPOSABLE = (State.ARCHIVED, State.FAILED, State.QUARANTINED, State.REJECTED)


def _promote(version: ModelVersion, data: dict[str, Any], actor: str) -> str:
    change = promote_reviewed(reference=version.reference, alias=DEFAULT_ALIAS, actor=actor, reason=data["reason"])
    instead = f", instead of {change.previous.reference}" if change.previous and change.is_change else ""
    return f"{version.reference} is in production now{instead}."


def _promotion_context(version: ModelVersion, request: HttpRequest) -> dict[str, Any]:
    review = review_promotion(version=version, alias=DEFAULT_ALIAS)
    return {**change_context(review), "explanation": explain_change(review)}


def _alias_context(version: ModelVersion, request: HttpRequest) -> dict[str, Any]:
    """Once an alias was named, what to move that would change."""
    try:
        review = review_promotion(version=version, alias=request.POST["alias"])
    except (KeyError, CatalogError):
        return {}
    return {**change_context(review), "explanation": explain_change(review)}


def _set_alias(version: ModelVersion, data: dict[str, Any], actor: str) -> str:
    promote_reviewed(reference=version.reference, alias=data["alias"], actor=actor, reason=data["reason"])
    return f"{version.reference} holds the alias {data['alias']} now."


def _remove_alias(version: ModelVersion, data: dict[str, Any], actor: str) -> str:
    name = version.registered_model.name
    remove_alias(name=name, alias=data["alias"], actor=actor, reason=data["reason"])
    return f"No version of {name} holds the alias {data['alias']} now."


def _mute_check(version: ModelVersion, data: dict[str, Any], actor: str) -> str:
    mute_check(version=version, code=data["code"], reason=data["reason"], actor=actor)
    return f"The check {data['code']} of {version.reference} is muted."


def _unmute_check(version: ModelVersion, data: dict[str, Any], actor: str) -> str:
    unmute_check(version=version, code=data["code"], reason=data["reason"], actor=actor)
    return f"The check {data['code']} of {version.reference} counts again."


def _archive(version: ModelVersion, data: dict[str, Any], actor: str) -> str:
    curation.archive(version=version, actor=actor, reason=data["reason"])
    return f"{version.reference} is archived."


def _restore(version: ModelVersion, data: dict[str, Any], actor: str) -> str:
    restored = curation.restore(version=version, actor=actor, reason=data["reason"])
    return f"{version.reference} is {restored.state} again."


def _trash(version: ModelVersion, data: dict[str, Any], actor: str) -> str:
    curation.move_to_trash(version=version, actor=actor, reason=data["reason"])
    return f"{version.reference} is in the trash."


def _copy(version: ModelVersion, data: dict[str, Any], actor: str) -> str:
    copy = copy_version(version=version, new_name=data["new_name"], actor=actor, reason=data["reason"])
    return f"{copy.reference} is a copy of {version.reference}."


def _attach(version: ModelVersion, data: dict[str, Any], actor: str) -> str:
    """The file is stored as it is and never opened here."""
    name = data["name"] or Path(str(data["file"].name)).name
    with temporary_file() as copy:
        for chunk in data["file"].chunks():
            copy.write(chunk)
        copy.flush()
        attach_file(version=version, source=copy.name, name=name, actor=actor, reason=data["reason"])
    return f"{version.reference} has the file {name}."


def _notes(version: ModelVersion, data: dict[str, Any], actor: str) -> str:
    curation.write_notes(version=version, notes=data["notes"], actor=actor)
    return "The notes are kept."


def _why_not_archived(version: ModelVersion, actor: str) -> str:
    return "A version that holds an alias can't be archived." if version.alias_names else ""


def _why_not_promoted(version: ModelVersion, actor: str) -> str:
    return why_not_ready(version) or why_not_promoted_by(version, DEFAULT_ALIAS, actor)


def _is_ready(version: ModelVersion) -> bool:
    return version.state == ModelVersion.Status.READY


def _is_kept(version: ModelVersion) -> bool:
    """Whether it is of use, now or once it is restored."""
    return version.state in (State.READY, State.ARCHIVED)


def _is_for_production(version: ModelVersion) -> bool:
    """Not while it is no better than a dummy, as far as anybody has said."""
    is_poor = any(check.kind == CheckCode.BELOW_BASELINE for check in open_checks(version))
    return _is_ready(version) and DEFAULT_ALIAS not in version.alias_names and not is_poor


VERSION_ACTIONS = (
    *APPROVAL_ACTIONS,
    Action(
        "promote",
        "Promote to production",
        "promote_modelversion",
        PromoteForm,
        _promote,
        context=_promotion_context,
        refused=_why_not_promoted,
        offered=_is_for_production,
        is_primary=True,
    ),
    Action(
        "set-alias",
        "Set alias",
        "change_alias",
        AliasForm,
        _set_alias,
        context=_alias_context,
        offered=_is_ready,
        refused=lambda version, actor: why_not_ready(version),
    ),
    Action(
        "remove-alias",
        "Remove alias",
        "change_alias",
        HeldAliasForm,
        _remove_alias,
        offered=lambda version: bool(version.alias_names),
    ),
    Action(
        "mute-check",
        "Mute a check",
        "promote_modelversion",
        MuteCheckForm,
        _mute_check,
        explain=lambda version: [f"Check {check.name}: {check.sentence}" for check in open_checks(version)],
        offered=lambda version: _is_kept(version) and bool(open_checks(version)),
    ),
    Action(
        "unmute-check",
        "Unmute a check",
        "promote_modelversion",
        UnmuteCheckForm,
        _unmute_check,
        explain=lambda version: [
            f"Check {check.name}: {check.sentence} Muted: {check.muted}" for check in muted_checks(version)
        ],
        offered=lambda version: _is_kept(version) and bool(muted_checks(version)),
    ),
    TAG_ACTION,
    Action(
        "copy",
        "Copy to a model",
        "add_modelversion",
        NewNameForm,
        _copy,
        explain=lambda version: [f"The copy has the file of {version.reference} and all that is known of it."],
        offered=_is_ready,
    ),
    Action(
        "attach",
        "Attach a file",
        "annotate_modelversion",
        AttachForm,
        _attach,
        offered=_is_kept,
    ),
    Action("edit-notes", "Edit notes", "annotate_modelversion", NotesForm, _notes),
    Action(
        "archive",
        "Archive",
        "archive_modelversion",
        ReasonForm,
        _archive,
        explain=lambda version: [f"{version.reference} can't be promoted or used until it is restored."],
        offered=_is_ready,
        refused=_why_not_archived,
    ),
    Action(
        "restore",
        "Restore",
        "archive_modelversion",
        ReasonForm,
        _restore,
        offered=lambda version: version.state in RESTORABLE,
    ),
    Action(
        "trash",
        "Move to trash",
        "delete_modelversion",
        ReasonForm,
        _trash,
        explain=lambda version: ["It leaves the lists; its file stays in the bucket, and it can be restored."],
        offered=lambda version: version.state in DISPOSABLE,
    ),
)
