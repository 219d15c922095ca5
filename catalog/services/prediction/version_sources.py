"""Where versions are looked up: in the database, or with the bucket alone."""

from collections.abc import Callable
from dataclasses import dataclass

from catalog.conf import catalog_settings
from catalog.outside_django import choose_settings, set_up_django, without_event_loop
from catalog.services.prediction.bucket_versions import find_published
from catalog.services.prediction.loading import LoadableVersion


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class VersionSource:
    """`find` gives the version that a reference names now; a thread of its own calls `renew` before it asks and at its
    end. `errors` are what `find` raises besides CatalogError and OSError."""

    find: Callable[[str], LoadableVersion]
    renew: Callable[[], None] = _nothing
    errors: tuple[type[Exception], ...] = ()


def version_source(bucket_only: bool | None) -> VersionSource:
    """As the settings say when it is None. Only the one that asks the database sets Django up."""
    choose_settings()
    if catalog_settings().bucket_only if bucket_only is None else bucket_only:
        return VersionSource(find_published)
    set_up_django()
    from django.db import Error, connections

    from catalog.services.registry.references import get_model_version

    def find(reference: str) -> LoadableVersion:
        return without_event_loop(lambda: get_model_version(reference))

    return VersionSource(find, connections.close_all, (Error,))
