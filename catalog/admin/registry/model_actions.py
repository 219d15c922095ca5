"""What people can do on a model's page."""

from typing import Any

from catalog.admin.actions import Action
from catalog.admin.registry.model_forms import CardForm, RollbackForm
from catalog.admin.tagging import TAG_ACTION
from catalog.models import RegisteredModel
from catalog.services.registry.aliases import previous_numbers, roll_back
from catalog.services.registry.curation import describe_model


def _roll_back(model: RegisteredModel, data: dict[str, Any], actor: str) -> str:
    change = roll_back(name=model.name, alias=data["alias"], actor=actor, reason=data["reason"])
    return f"{change.version.reference} holds the alias {change.alias} again."


def _refuse_rollback(model: RegisteredModel, actor: str) -> str:
    numbers = previous_numbers(name=model.name)
    return "" if numbers else "No alias of this model has pointed to another version before."


def _describe(model: RegisteredModel, data: dict[str, Any], actor: str) -> str:
    describe_model(model=model, actor=actor, **data)
    return "The model card is kept."


MODEL_ACTIONS = (
    Action(
        "roll-back",
        "Roll back",
        "promote_modelversion",
        RollbackForm,
        _roll_back,
        explain=lambda model: ["The alias will point to the version that held it before. Both stay in the history."],
        refused=_refuse_rollback,
    ),
    TAG_ACTION,
    Action("describe", "Edit model card", "annotate_modelversion", CardForm, _describe),
)
