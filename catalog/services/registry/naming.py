"""Names of models: given once, and changed without touching what is stored."""

from django.db import IntegrityError, transaction

from catalog.exceptions import InvalidRequest, NotReady
from catalog.models import AuditEvent, RegisteredModel
from catalog.models.names import check_name
from catalog.services.persistence.manifests import queue_parent_manifest
from catalog.services.registry.curation import change_fields
from catalog.services.registry.references import current_name, get_registered_model


def get_or_add_model(*, name: str, task: str, primary_metric: str) -> RegisteredModel:
    """Within the caller's transaction. Raises InvalidRequest for a name that another model had before."""
    defaults = {"task": task, "primary_metric": primary_metric}
    model, created = RegisteredModel.objects.get_or_create(name=name, defaults=defaults)
    if created:
        require_unused_name(name)
        queue_parent_manifest(model)
    return model


def require_unused_name(name: str) -> None:
    """Raises InvalidRequest when a model that is called otherwise now was called so before."""
    if renamed := current_name(name):
        raise InvalidRequest(
            f"`name`: {name} is what {renamed} was called before, and its files lie under a name it had. Write "
            f"{renamed} if you mean that, or choose a name that no model had."
        )


def rename_model(*, name: str, new_name: str, actor: str, reason: str = "") -> RegisteredModel:
    """Call the model otherwise. Keys, manifests and events keep the name that it was made with, and the row records
    that; the name that it had stays its own. Raises InvalidReference, NotFound, InvalidRequest.
    """
    check_name(new_name, "a model")
    try:
        with transaction.atomic():
            model = _lock(name)
            _check_new_name(model, new_name)
            former = sorted({*model.former_names, model.name} - {new_name})
            stored_as = "" if model.stored_name == new_name else model.stored_name
            changes = {"name": new_name, "stored_as": stored_as, "former_names": former}
            step = {"from_value": model.name, "to_value": new_name}
            return change_fields(model, AuditEvent.Verb.RENAMED, actor, changes=changes, reason=reason, **step)
    except IntegrityError as error:
        raise InvalidRequest(f"`new_name`: there is a model {new_name} by now. Choose another name.") from error


def _lock(name: str) -> RegisteredModel:
    model = RegisteredModel.objects.select_for_update().filter(pk=get_registered_model(name).pk).first()
    if model is None or model.name != name:
        raise NotReady(f"{name} was renamed meanwhile.")
    return model


def _check_new_name(model: RegisteredModel, new_name: str) -> None:
    if new_name == model.name:
        raise InvalidRequest(f"`new_name`: {new_name} is what the model is called already.")
    if RegisteredModel.objects.filter(name=new_name).exists():
        raise InvalidRequest(f"`new_name`: there is a model {new_name} already. Choose another name.")
    if (owner := current_name(new_name)) and owner != model.name:
        raise InvalidRequest(f"`new_name`: {new_name} is what {owner} was called before. Choose another name.")
