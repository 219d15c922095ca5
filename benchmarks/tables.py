"""Write the tables of docs/performance.md from docs/measured, between the comments that name them.

.venv/bin/python -m benchmarks.tables
"""

import json
import re
from pathlib import Path
from typing import Any

from benchmarks.measuring import RESULTS

PAGE = RESULTS.parent / "performance.md"
PLACE = re.compile(r"(<!-- (?P<name>[a-z_-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(values: dict[str, float]) -> str:
    if values["least"] == values["most"]:
        return number(values["median"])
    return f"{number(values['median'])} ({number(values['least'])} to {number(values['most'])})"


def rows_of(kept: dict[str, Any]) -> list[str]:
    """What was measured against its bar, then every process with its seconds and memory."""
    lines = ["| work | figure | median (least to most) | bar | |", "|---|---|---|---|---|"]
    for each in kept["measured"]:
        sign = "≥" if each["at_least"] else "≤"
        bar = "" if each["bar"] is None else f"{sign} {each['bar']:g}"
        said = "" if each["bar"] is None else ("met" if each["met"] else "**missed**")
        lines.append(f"| {each['work']} | {each['figure']} | {spread(each)} | {bar} | {said} |")
    if any("per_second" in each["told"] for each in kept["runs"].values()):
        return [*lines, *answers_of(kept)]
    rounds = min((each["rounds"] for each in kept["runs"].values()), default=0)
    lines += ["", f"| process ({rounds} round{'' if rounds == 1 else 's'}) | seconds | peak MB |", "|---|---|---|"]
    lines += [
        f"| {who} | {spread(each['seconds'])} | {spread(each['peak_mb'])} |" for who, each in kept["runs"].items()
    ]
    return lines


def answers_of(kept: dict[str, Any]) -> list[str]:
    """Of each server, by the number of connections, what was answered in the last round."""
    lines = ["", "| in the last round | requests a second | p50 ms | p99 ms |", "|---|---|---|---|"]
    for who, each in kept["runs"].items():
        figures = [each["told"].get(name) for name in ("per_second", "p50_ms", "p99_ms")]
        lines.append(f"| {who} | {' | '.join('' if value is None else number(value) for value in figures)} |")
    return lines


def growth_of(kept: dict[str, Any]) -> list[str]:
    head = " | ".join(f"{size:,}" for size in kept["sizes"])
    lines = [f"| {kept['unit']} | {head} |", "|---|" + "---|" * len(kept["sizes"])]
    for work, values in kept["points"].items():
        cells = [f"{number(s)} s, {mb:.0f} MB" for s, mb in zip(values["seconds"], values["peak_mb"], strict=True)]
        lines.append(f"| {work} | {' | '.join(cells)} |")
    return lines


def table(name: str) -> str:
    path = RESULTS / f"{name}.json"
    if not path.exists():
        return "Not measured yet.\n"
    kept = json.loads(path.read_text())
    return "\n".join(growth_of(kept) if "by" in kept else rows_of(kept)) + "\n"


def main() -> None:
    page = Path(PAGE).read_text()
    PAGE.write_text(PLACE.sub(lambda found: found[1] + table(found["name"]) + found[3], page))


if __name__ == "__main__":
    main()
