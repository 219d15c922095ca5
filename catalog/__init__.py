"""A catalog of datasets and scikit-learn model versions, kept in S3 and curated in the Django admin."""

from typing import Any


def load_model(reference: str, *, allow_version_mismatch: bool = False) -> Any:
    """The fitted estimator that `reference` names, verified by its SHA-256 before it is loaded.

    The file is fetched once for a machine and loaded once for a process.

    Parameters
    ----------
    reference : str
        `name` (what is in production), `name:3`, `name:latest` (the newest that is READY) or `name@alias`; resolved
        anew at each call.
    allow_version_mismatch : bool, default=False
        Load it although it was trained with another scikit-learn.

    Returns
    -------
    estimator
        As scikit-learn's `fit` left it: nothing of this project is in it. All callers share it.

    Raises
    ------
    CatalogError
        InvalidReference, NotFound, NotReady, NotPermitted, EnvironmentMismatch, DigestMismatch, StorageError,
        InvalidArtifact or LoadFailed, each in one line that says what to do.
    """
    from catalog.services.prediction.loading import load_model as load

    return load(reference=reference, allow_version_mismatch=allow_version_mismatch)
