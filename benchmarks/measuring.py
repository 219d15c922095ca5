"""Whole processes in turn: seconds, peak memory, what they said, and ratios of each to another in the same round.

Nothing heavy is imported here: a child's peak is at least what its parent held when it was forked.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "docs" / "measured"
PYTHON = sys.executable
TOLD_BYTES = 1_000_000  # what a process says at its end; a longer answer would stay in this one's memory


@dataclass(frozen=True)
class Run:
    """One run of a process. `peak_mb` is the largest resident memory of it, or of one of its children, in 10⁶ bytes;
    `told` is the last line of its output, read as JSON."""

    seconds: float
    peak_mb: float
    told: dict[str, Any] = field(default_factory=dict)


def run(*command: object, env: Mapping[str, str] | None = None, stdin: Path | None = None) -> Run:
    """Run it to its end. Exits with what it complained of when it fails."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as complaints:
        started = time.perf_counter()
        process = subprocess.Popen([str(word) for word in command], cwd=ROOT, env=env, stdout=out, stderr=complaints)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(max(0, out.seek(0, os.SEEK_END) - TOLD_BYTES))
        complaints.seek(0)
        if process.returncode:
            sys.exit(f"{' '.join(map(str, command))}:\n{complaints.read().decode(errors='replace')[-3000:]}")
        return Run(seconds, used.ru_maxrss * 1024 / 1e6, _last_json(out.read()))


def asked_rounds(default: int) -> int:
    """`--rounds N` of the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=default, help=f"How often each runs (default: {default}).")
    return int(parser.parse_args().rounds)


def _last_json(output: bytes) -> dict[str, Any]:
    lines = output.decode(errors="replace").strip().splitlines()
    try:
        told = json.loads(lines[-1])
    except (IndexError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


Runs = dict[str, list[Run]]


def in_turn(contestants: Mapping[str, Callable[[], Run]], rounds: int) -> Runs:
    """A B C, B C A: each round runs every contestant once, so that whatever else the machine does meets all of them.

    It begins with another each time: what one writes may still be on its way to the disk while the next one runs.
    """
    runs: Runs = {name: [] for name in contestants}
    for at in range(rounds):
        names = deque(contestants)
        names.rotate(-at)
        for name in names:
            os.sync()
            found = contestants[name]()
            runs[name].append(found)
            print(f"  round {at + 1} of {rounds}: {name}: {found.seconds:.2f} s, {found.peak_mb:.0f} MB", flush=True)
    return runs


@dataclass(frozen=True)
class Spread:
    least: float
    median: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(min(values), statistics.median(values), max(values))

    def text(self, digits: int = 2) -> str:
        return f"{self.median:,.{digits}f} ({self.least:,.{digits}f} to {self.most:,.{digits}f})"


@dataclass(frozen=True)
class Measured:
    """A figure against its bar; `at_least` says on which side of it the figure must lie."""

    work: str
    figure: str
    values: list[float]
    bar: float | None = None
    at_least: bool = False

    @property
    def spread(self) -> Spread:
        return Spread.of(self.values)

    @property
    def is_met(self) -> bool:
        if self.bar is None:
            return True
        return self.spread.median >= self.bar if self.at_least else self.spread.median <= self.bar


def ratios(runs: Runs, ours: str, other: str, value: Callable[[Run], float] = lambda run: run.seconds) -> list[float]:
    """Ours over the other's, round by round."""
    return [value(a) / value(b) for a, b in zip(runs[ours], runs[other], strict=True)]


def peaks(runs: Runs, name: str) -> list[float]:
    return [each.peak_mb for each in runs[name]]


def report(name: str, runs: Runs, measured: Sequence[Measured]) -> None:
    """Print what was measured, and keep it in docs/measured for the tables of docs/performance.md."""
    RESULTS.mkdir(exist_ok=True)
    kept = {
        "runs": {who: _run_spreads(each) for who, each in runs.items()},
        "measured": [
            {
                "work": each.work,
                "figure": each.figure,
                "bar": each.bar,
                "at_least": each.at_least,
                "least": each.spread.least,
                "median": each.spread.median,
                "most": each.spread.most,
                "met": each.is_met,
            }
            for each in measured
        ],
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(_rounded(kept), indent=1) + "\n")
    print()
    for who, each in runs.items():
        seconds, peak = Spread.of([run.seconds for run in each]), Spread.of([run.peak_mb for run in each])
        print(f"{who:<44}{seconds.text():>28} s{peak.text(0):>26} MB")
    for each in measured:
        bar = "" if each.bar is None else f"  bar {'≥' if each.at_least else '≤'} {each.bar:g}"
        print(f"{each.work}: {each.figure}: {each.spread.text()}{bar}{'' if each.is_met else '  MISSED'}")


def _run_spreads(runs: list[Run]) -> dict[str, Any]:
    seconds, peak = Spread.of([run.seconds for run in runs]), Spread.of([run.peak_mb for run in runs])
    return {"rounds": len(runs), "seconds": vars(seconds), "peak_mb": vars(peak), "told": runs[-1].told}


def _rounded(value: Any) -> Any:
    """Four significant digits: more would say what was not measured."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value
