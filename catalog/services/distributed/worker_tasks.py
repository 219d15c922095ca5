"""What runs in the workers. Imported by the scheduler too, which has no Django: everything else is imported inside."""

import platform
from typing import Any

from catalog.services.distributed.part_messages import Job, Part

COMPARED = ("python", "scikit-learn", "numpy")


def describe_worker() -> dict[str, Any]:
    """The libraries of the worker and the storage that it uses; `storage` is empty where Django was not set up."""
    from django.apps import apps

    from catalog.storage.interface import catalog_storage

    return {"libraries": libraries(), "storage": catalog_storage().uri("") if apps.ready else ""}


def libraries() -> dict[str, str]:
    """The versions, major and minor, that must be the same on all machines."""
    from importlib import metadata

    versions = {name: metadata.version(name) for name in COMPARED if name != "python"}
    versions["python"] = platform.python_version()
    return {name: ".".join(versions[name].split(".")[:2]) for name in COMPARED}


def score_part(job: Job, part: Part) -> dict[str, Any]:
    """What came of the part, or `failure`: why it can't be predicted, whoever tries. Other errors are raised."""
    from catalog.services.distributed.part_scoring import score

    return score(job, part)
