"""Class labels as plain Python values and as text."""

from typing import Any

import numpy as np


def plain_label(label: Any) -> Any:
    """The label as str, bool, int or float, which JSON has."""
    return label.item() if isinstance(label, np.generic) else label


def label_text(label: Any) -> str:
    """The label as it is written in column names: as in a CSV file, so true and not True."""
    plain = plain_label(label)
    return str(plain).lower() if isinstance(plain, bool) else str(plain)
