"""A catalog of datasets and scikit-learn model versions, kept in S3 and curated in the Django admin."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from catalog.services.prediction.loaded_model import Follower, Model

__all__ = ["Follower", "load_model"]


def load_model(reference: str, *, allow_version_mismatch: bool = False) -> "Model":
    """The model version that `reference` names, verified by its SHA-256 before it is loaded.

    It works in any Python process: Django is set up when that has not happened, with the settings that
    DJANGO_SETTINGS_MODULE names, or else with those of s3site, which read `.env`. The file is fetched once for a
    machine and loaded once for a process; any thread may ask, and any coroutine.

    Parameters
    ----------
    reference : str
        `name` (what is in production), `name:3`, `name:latest` (the newest that is READY) or `name@alias`; resolved
        anew at each call.
    allow_version_mismatch : bool, default=False
        Load it although it was trained with another scikit-learn.

    Returns
    -------
    Model
        With `predict(rows)`, `predict_proba(rows)`, `reference`, `sha256`, `signature`, `metrics` and `estimator`,
        which is as scikit-learn's `fit` left it: nothing of this project is in it.

    Raises
    ------
    CatalogError
        InvalidReference, NotFound, NotReady, NotPermitted, EnvironmentMismatch, DigestMismatch, StorageError,
        InvalidArtifact or LoadFailed, each in one line that says what to do.
    """
    from catalog.outside_django import set_up_django, without_event_loop

    set_up_django()
    from catalog.services.prediction.loaded_model import load_model as load

    return without_event_loop(lambda: load(reference=reference, allow_version_mismatch=allow_version_mismatch))


def __getattr__(name: str) -> Any:
    """`Follower`, imported when it is asked for: it needs scikit-learn, and a Django that is set up."""
    if name != "Follower":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from catalog.outside_django import set_up_django

    set_up_django()
    from catalog.services.prediction.loaded_model import Follower

    return Follower
