"""What runs in the workers. A scheduler imports it too, perhaps without Django: what needs that is imported inside."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from catalog.services.distributed.part_messages import Part, PartResult, PartTask
from catalog.services.distributed.worker_libraries import libraries


def describe_worker(modules: Sequence[str] = ()) -> dict[str, Any]:
    """The worker's libraries, storage and messages; `storage` is empty where Django was not set up."""
    from django.apps import apps

    from catalog.storage.interface import catalog_storage

    storage = catalog_storage().uri("") if apps.ready else ""
    return {"libraries": libraries(modules), "storage": storage, "messages": message_fields()}


def message_fields() -> dict[str, list[str]]:
    """The fields of what is sent to workers: those of another version of the catalog may expect others."""
    return {message.__name__: [field.name for field in fields(message)] for message in (Part, PartResult, PartTask)}


def score_part(task: PartTask, part: Part) -> PartResult:
    """What came of the part, or its `failure`. Raises what may go well in another worker or later."""
    from catalog.services.distributed.part_scoring import score

    return score(task, part)
