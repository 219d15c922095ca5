"""Deciding about an uploaded model that is quarantined."""

from typing import Any

from catalog.admin.actions import Action, ReasonForm
from catalog.ml.artifacts.artifact_formats import PICKLES
from catalog.models import ModelVersion
from catalog.services.uploads.approval import approve, needed_permission, reject, why_not_approvable


def _approve(version: ModelVersion, data: dict[str, Any], actor: str) -> str:
    # The permission that this very version takes was asked for before.
    approve(version=version, actor=actor, reason=data["reason"], may_approve_pickles=True)
    return f"{version.reference} is approved and ready."


def _explain_approval(version: ModelVersion) -> list[str]:
    inspection = version.inspection
    lines = [f"{inspection['file_name']}, uploaded by {version.created_by}, SHA-256 {version.sha256}."]
    if version.artifact_format in PICKLES:
        lines.append(
            f"Warning: loading a {version.artifact_format} file runs whatever code is in it, with the rights of "
            "whoever loads it, here and on every machine that predicts. Nobody has looked into it. Approve it only "
            "if you know who made it and how."
        )
    if inspection["untrusted"]:
        lines.append("Warning: loading it makes objects of these types, which are not trusted here:")
        lines += inspection["untrusted"]
    lines.append("The approval is for these bytes alone: if they change, it is void.")
    return lines


def _reject(version: ModelVersion, data: dict[str, Any], actor: str) -> str:
    reject(version=version, actor=actor, reason=data["reason"])
    return f"{version.reference} is rejected."


def _is_quarantined(version: ModelVersion) -> bool:
    return version.state == ModelVersion.Status.QUARANTINED


APPROVAL_ACTIONS = (
    Action(
        "approve",
        "Approve",
        needed_permission,
        ReasonForm,
        _approve,
        explain=_explain_approval,
        offered=_is_quarantined,
        refused=why_not_approvable,
        is_primary=True,
    ),
    Action(
        "reject",
        "Reject",
        "approve_modelversion",
        ReasonForm,
        _reject,
        explain=lambda version: ["It can never be used; its number is not given again."],
        offered=_is_quarantined,
    ),
)
