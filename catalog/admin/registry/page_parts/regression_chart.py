"""Of a regression: what was predicted against what was true."""

from collections.abc import Mapping
from typing import Any

from catalog.admin.axes import BOTTOM, LEFT, RIGHT, TOP, number_ticks, padded, x_at, y_at
from catalog.admin.charts import POINTS_TOLD, Chart, Dot, Line, evenly, polyline
from catalog.admin.written_values import rounded


def regression_chart(report: Mapping[str, Any]) -> Chart | None:
    """Held-out rows as points; on the diagonal the prediction is right. None where the report has no such rows."""
    recorded = report.get("predicted_actual")
    if not recorded or not recorded["actual"]:
        return None
    pairs = list(zip(recorded["actual"], recorded["predicted"], strict=True))
    low, high = padded([value for pair in pairs for value in pair], 0.04)
    told = set(evenly(len(pairs), POINTS_TOLD))
    dots = [_dot(*pair, low, high, is_told=at in told) for at, pair in enumerate(pairs)]
    bounds = (low, high, low, high)
    return Chart(
        "Predicted against actual",
        "actual",
        "predicted",
        [Line("held-out rows", "", dots=dots)],
        [Line("as it should be", polyline([low, high], [low, high], bounds))],
        number_ticks(low, high, LEFT, RIGHT),
        number_ticks(low, high, BOTTOM, TOP),
        ("actual", "predicted"),
    )


def _dot(actual: float, predicted: float, low: float, high: float, *, is_told: bool) -> Dot:
    values = rounded(actual), rounded(predicted)
    label = f"actual {values[0]}, predicted {values[1]}"
    return Dot(x_at(actual, low, high), y_at(predicted, low, high), label, values if is_told else ())
