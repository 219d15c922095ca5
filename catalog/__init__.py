"""A catalog of datasets and scikit-learn model versions, kept in S3 and curated in the Django admin."""

from typing import Any


def load_model(reference: str, *, allow_version_mismatch: bool = False) -> Any:
    """The fitted estimator that `reference` names, verified by its SHA-256 before it is loaded.

    `reference` is `name`, `name:3`, `name:latest` or `name@alias`; it is resolved anew at each call. The file is
    fetched once for a machine and loaded once for a process; safe to call from several threads. Raises CatalogError.
    """
    from catalog.services.prediction.loading import load_model as load

    return load(reference=reference, allow_version_mismatch=allow_version_mismatch)
