"""How often two versions of the same quality are called better or worse, and how often a true difference is found.

    .venv/bin/python -m benchmarks.verdicts [--pairs 1000]

Pairs are simulated: a classifier's answers whose chances to be right are known, and a regressor's errors whose means
are. A true difference is three standard errors of the difference.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from catalog.ml.evaluation.difference import Difference, Verdict
from catalog.ml.evaluation.held_out import HeldOut
from catalog.ml.evaluation.paired_bootstrap import compare

ROWS = (100, 1_000, 10_000)
STANDARD_ERRORS = 3
DISCORDANT = 0.2  # of the rows only one of the two versions is right
RIGHT = 0.7  # of the rows both are right
Pair = tuple[HeldOut, HeldOut]


def answers(rows: int, standard_errors: float, random: np.random.Generator) -> Pair:
    """Two classifiers of yes and no; the first is right more often by so many standard errors."""
    part = standard_errors**2 / rows
    more = (part * DISCORDANT / (1 + part)) ** 0.5
    chances = [RIGHT, (DISCORDANT + more) / 2, (DISCORDANT - more) / 2, 1 - RIGHT - DISCORDANT]
    outcome = random.choice(4, size=rows, p=chances)
    truth = random.integers(2, size=rows)
    right = np.isin(outcome, [0, 1]), np.isin(outcome, [0, 2])
    first, second = (HeldOut(truth, np.where(each, truth, 1 - truth), np.array([0, 1])) for each in right)
    return first, second


def numbers(rows: int, standard_errors: float, random: np.random.Generator) -> Pair:
    """Two regressors whose absolute errors are correlated, as those of hard and easy rows are."""
    easy = random.gamma(2, size=rows)
    own = random.gamma(4, size=(2, rows)) / 4
    spread = 2**0.5 / 4**0.5 * (6**0.5)  # of easy times the difference of two gammas of mean 1
    shift = standard_errors * spread / rows**0.5
    truth = random.normal(size=rows)
    errors = easy * own[0], easy * own[1] + shift
    first, second = (HeldOut(truth, truth + each * random.choice([-1, 1], size=rows)) for each in errors)
    return first, second


MADE: dict[str, Callable[[int, float, np.random.Generator], Pair]] = {
    "balanced_accuracy": answers,
    "mean_absolute_error": numbers,
}


def verdict(metric: str, pair: Pair) -> Verdict:
    differences: list[Difference] = compare(*pair, metrics=[metric])
    return differences[0].verdict


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=1_000)
    pairs = parser.parse_args().pairs
    for metric, make in MADE.items():
        for rows in ROWS:
            random = np.random.default_rng(rows)
            started = time.perf_counter()
            equal = [verdict(metric, make(rows, 0, random)) for _ in range(pairs)]
            seconds = (time.perf_counter() - started) / pairs
            apart = [verdict(metric, make(rows, STANDARD_ERRORS, random)) for _ in range(pairs)]
            said = sum(each in {Verdict.BETTER, Verdict.WORSE} for each in equal) / pairs
            found = apart.count(Verdict.BETTER) / pairs
            print(
                f"{metric}, {rows:>6,} rows: said of equal ones {said:.1%} (bar ≤ 5 %), "
                f"found of true differences {found:.1%} (bar ≥ 80 %), {seconds * 1000:.0f} ms each",
                flush=True,
            )


if __name__ == "__main__":
    main()
