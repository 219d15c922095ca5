"""What the bars say; they are drawn on a terminal alone."""

import pytest
from rich.progress import Progress

from catalog.management.progress_bars import AmountColumn


@pytest.mark.parametrize(("unit", "claim"), [("bytes", "0.0/2.0 kB"), ("rows", "   0/2000")])
def test_the_amount_is_in_the_unit_of_the_step(unit: str, claim: str) -> None:
    bars = Progress(AmountColumn())
    task = bars.add_task("check", total=2000, unit=unit)
    assert AmountColumn().render(bars.tasks[task]).plain == claim
