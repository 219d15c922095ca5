"""Draw how cost grows, from docs/measured, as SVG files in docs/: both axes logarithmic, so that a straight line that
rises by one decade a decade is linear.

    /tmp/peers/bin/python -m benchmarks.plots      # a Python that has matplotlib: benchmarks/requirements-peers.txt
"""

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams.update({"svg.hashsalt": "catalog", "font.size": 9})  # the same figures are the same file

from matplotlib import pyplot  # noqa: E402 - which reads the settings above

DOCS = Path(__file__).resolve().parents[1] / "docs"
SHOWN = {"seconds": "seconds", "peak_mb": "peak memory, MB"}


def draw(kept: dict[str, Any], path: Path) -> None:
    figure, axes = pyplot.subplots(1, len(SHOWN), figsize=(10, 3.2), layout="constrained")
    for axis, (what, label) in zip(axes, SHOWN.items(), strict=True):
        for work, values in kept["points"].items():
            axis.plot(kept["sizes"], values[what], marker="o", markersize=3, linewidth=1.2, label=work)
        axis.set(xscale="log", yscale="log", xlabel=kept["unit"], ylabel=label)
        axis.grid(visible=True, which="major", alpha=0.3)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right upper", fontsize=7, frameon=False)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def main() -> None:
    for path in sorted((DOCS / "measured").glob("growth-*.json")):
        draw(json.loads(path.read_text()), DOCS / f"{path.stem}.svg")


if __name__ == "__main__":
    main()
