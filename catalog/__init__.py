"""A catalog of datasets and scikit-learn model versions, kept in S3 and curated in the Django admin."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from catalog.services.prediction.loaded_model import Follower, Model

__all__ = ["Follower", "load_model"]


def load_model(
    reference: str,
    *,
    bucket_only: bool | None = None,
    allow_version_mismatch: bool = False,
    code_from_version: bool = False,
) -> "Model":
    """The model version that `reference` names, verified by its SHA-256 before it is loaded.

    It works in any Python process, with the settings that DJANGO_SETTINGS_MODULE names, or else with those of s3site,
    which read `.env`. The file is fetched once for a machine and loaded once for a process; any thread may ask, and any
    coroutine. To ask the database, Django is set up when that has not happened; with the bucket alone it is not, and
    rights to read below the folder are enough.

    Parameters
    ----------
    reference : str
        `name` (what is in production), `name:3`, `name:latest` (the newest that is READY) or `name@alias`; resolved
        anew at each call.
    bucket_only : bool, optional
        Ask what is published in the bucket, and no database; as CATALOG_BUCKET_ONLY says when None. `name:latest` is
        not published, and that a version named by its number was archived is not known there.
    allow_version_mismatch : bool, default=False
        Load it although it was trained with another scikit-learn.
    code_from_version : bool, default=False
        Load it with the copies of its own modules that are kept with it, and not with this machine's. That runs their
        code, and CATALOG_ALLOW_CODE_FROM_VERSIONS must be on.

    Returns
    -------
    Model
        With `predict(rows)`, `predict_proba(rows)`, `reference`, `sha256`, `signature`, `metrics` and `estimator`,
        which is as scikit-learn's `fit` left it: nothing of this project is in it.

    Raises
    ------
    CatalogError
        InvalidReference, NotFound, NotReady, NotPermitted, EnvironmentMismatch, DigestMismatch, NotSigned,
        StorageError, InvalidArtifact or LoadFailed, each in one line that says what to do.
    """
    from catalog.services.prediction.loaded_model import load_model as load

    return load(
        reference=reference,
        bucket_only=bucket_only,
        allow_version_mismatch=allow_version_mismatch,
        code_from_version=code_from_version,
    )


def __getattr__(name: str) -> Any:
    """`Follower`, imported when it is asked for: it needs scikit-learn."""
    if name != "Follower":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from catalog.services.prediction.loaded_model import Follower

    return Follower
