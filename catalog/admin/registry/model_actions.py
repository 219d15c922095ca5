"""What people can do on a model's page."""

from typing import Any

from django.http import HttpRequest

from catalog.admin.actions import Action
from catalog.admin.registry.change_context import change_context, explain_change
from catalog.admin.registry.model_forms import CardForm, RollbackForm, shown_review, ways_back
from catalog.admin.registry.version_forms import NewNameForm
from catalog.admin.tagging import TAG_ACTION
from catalog.exceptions import CatalogError
from catalog.models import RegisteredModel
from catalog.reference_syntax import DEFAULT_ALIAS
from catalog.services.registry.change_review import roll_back_reviewed
from catalog.services.registry.curation import describe_model
from catalog.services.registry.naming import rename_model

EXPLAIN_ROLLBACK = ["The alias will point to the version that held it before. Both stay in the history."]


def _roll_back(model: RegisteredModel, data: dict[str, Any], actor: str) -> str:
    change = roll_back_reviewed(review=data["review"], actor=actor, reason=data["reason"])
    return f"{change.version.reference} holds the alias {change.alias} again."


def _rollback_context(model: RegisteredModel, request: HttpRequest) -> dict[str, Any]:
    """Where a rollback of the alias leads, as a promotion of that version would be shown."""
    chosen = request.POST.get("way") or request.GET.get("alias", DEFAULT_ALIAS)
    alias = chosen.partition(":")[0]
    try:
        review = shown_review(model, alias)
    except CatalogError as error:
        return {"explanation": [str(error)]}
    return {**change_context(review), "explanation": [*EXPLAIN_ROLLBACK, *explain_change(review)]}


def _refuse_rollback(model: RegisteredModel, actor: str) -> str:
    return "" if ways_back(model) else "No alias of this model has pointed to another version before."


def _describe(model: RegisteredModel, data: dict[str, Any], actor: str) -> str:
    describe_model(model=model, actor=actor, **data)
    return "The model card is kept."


def _rename(model: RegisteredModel, data: dict[str, Any], actor: str) -> str:
    renamed = rename_model(name=model.name, new_name=data["new_name"], actor=actor, reason=data["reason"])
    return f"{model.name} is called {renamed.name} now."


def _explain_renaming(model: RegisteredModel) -> list[str]:
    return [
        f"Warning: programs that load or serve {model.name} by this name get no model until they use the new one.",
        "Tokens of the server that name it are for no model then: make others.",
        f"Its files stay below models/{model.stored_name}/, and no other model can be called {model.name}.",
    ]


MODEL_ACTIONS = (
    Action(
        "roll-back",
        "Roll back",
        "promote_modelversion",
        RollbackForm,
        _roll_back,
        explain=lambda model: EXPLAIN_ROLLBACK,
        context=_rollback_context,
        refused=_refuse_rollback,
    ),
    TAG_ACTION,
    Action("rename", "Rename", "rename_registeredmodel", NewNameForm, _rename, explain=_explain_renaming),
    Action("describe", "Edit model card", "annotate_modelversion", CardForm, _describe),
)
