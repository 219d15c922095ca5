"""The colours of series, as people see them who lack one of the three cones."""

import itertools
import re
from typing import Any

import numpy as np
import pytest

from tests.admin.test_charts import CSS

SCHEMES = {"light": ":root", "dark": 'html[data-theme="dark"]'}
GROUNDS = {"light": "ffffff", "dark": "212121"}
FEWEST_APART, LEAST_CONTRAST = 15, 3
# Machado, Oliveira and Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision Deficiency",
# severity 1, of linear RGB.
VISION = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1, 1.089])


def colours(scheme: str) -> list[str]:
    """Of the five series, as six hexadecimal digits."""
    (body,) = re.findall(rf"^{re.escape(SCHEMES[scheme])} \{{(.+?)\}}", CSS.read_text(), re.MULTILINE)
    return re.findall(r"--series-\d: #(\w{6});", body)


def linear(colour: str) -> Any:
    """Linear RGB, of shape (3,)."""
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb: Any) -> Any:
    """CIE L*a*b* of linear RGB, both of shape (3,)."""
    parts = XYZ @ np.clip(rgb, 0, 1) / WHITE
    x, y, z = np.where(parts > 0.008856, np.cbrt(parts), 7.787 * parts + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(colour: str, ground: str) -> float:
    """As WCAG 2 has it."""
    dark, bright = sorted(float(XYZ[1] @ linear(each)) for each in (colour, ground))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("vision", VISION)
def test_any_two_series_are_told_apart_by_their_colours(scheme: str, vision: str) -> None:
    seen = [lab(np.array(VISION[vision]) @ linear(colour)) for colour in colours(scheme)]
    assert len(seen) == 5
    assert min(np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2)) >= FEWEST_APART


@pytest.mark.parametrize("scheme", SCHEMES)
def test_each_series_stands_out_from_the_ground(scheme: str) -> None:
    assert min(contrast(colour, GROUNDS[scheme]) for colour in colours(scheme)) >= LEAST_CONTRAST
