"""Histograms of any finite numbers, however close together or far apart."""

from typing import Any

import numpy as np


def histogram(numbers: np.ndarray, bins: int) -> dict[str, list[Any]]:
    """Edges and counts, with `bins` bins of equal width; of one bin where floats leave no room for more.

    `numbers` are at least one, and finite.
    """
    low, high = float(numbers.min()), float(numbers.max())
    try:
        with np.errstate(over="raise"):
            counts, edges = np.histogram(numbers, bins=bins)
    except (ValueError, FloatingPointError):
        return {"edges": [low, high], "counts": [len(numbers)]}
    return {"edges": [float(edge) for edge in edges], "counts": [int(count) for count in counts]}


def quantiles(numbers: np.ndarray, shares: tuple[float, ...]) -> dict[str, float]:
    """The quantiles by linear interpolation; by nearest rank where neighbours are too far apart for a float."""
    with np.errstate(over="ignore", invalid="ignore"):
        found = np.quantile(numbers, shares)
    nearest = np.quantile(numbers, shares, method="nearest")
    return dict(zip(map(str, shares), np.where(np.isfinite(found), found, nearest).tolist(), strict=True))
