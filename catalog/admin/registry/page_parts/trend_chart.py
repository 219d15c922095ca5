"""A model's main metric over its versions: points, because versions of other data were measured on other rows.

What an uploader states is never among them: of an uploaded version the point is what was measured here.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.admin.axes import LEFT, RIGHT, number_ticks, padded, x_at
from catalog.admin.charts import Chart, Dot, Line
from catalog.admin.registry.page_parts.value_axis import ValueAxis, baseline_label, value_axis
from catalog.admin.written_values import rounded
from catalog.models import Evaluation, ModelVersion, RegisteredModel

VERSIONS_SHOWN = 100
# Colours of datasets; older ones share the last.
DATA_MARKS = 4
UPLOADED = "uploaded, measured here"


@dataclass(frozen=True)
class TrendPoint:
    """`data` names the rows that the value is of; `baseline` is that of the same rows."""

    number: int
    value: float
    data: str
    baseline: float | None = None
    is_archived: bool = False
    is_uploaded: bool = False


def trend_points(model: RegisteredModel) -> list[TrendPoint]:
    """Of the newest versions that are stored and were measured, oldest first. Two queries."""
    metric = model.primary_metric
    versions = ModelVersion.objects.not_trashed().filter(registered_model=model).order_by("-number")
    fields = ("dataset_version__dataset__name", "dataset_version__number", *_metric_fields(metric))
    ready = versions.filter(status=ModelVersion.Status.READY)
    trained = ready.filter(origin=ModelVersion.Origin.TRAINED, primary_value__isnull=False)
    rows = trained.values_list("number", "primary_value", "archived_at", *fields)[:VERSIONS_SHOWN]
    points = [
        TrendPoint(number, value, _rows_name(dataset, data, weight), baseline, is_archived=archived_at is not None)
        for number, value, archived_at, dataset, data, baseline, weight in rows
        if value is not None
    ]
    return sorted([*points, *_uploaded(model)], key=lambda point: point.number)


def _uploaded(model: RegisteredModel) -> list[TrendPoint]:
    """Uploaded versions by the newest of what was measured of each."""
    measured = Evaluation.objects.filter(
        model_version__registered_model=model,
        model_version__origin=ModelVersion.Origin.UPLOADED,
        model_version__trashed_at=None,
    ).order_by("created_at")
    metric = model.primary_metric
    fields = ("model_version__number", "dataset_version__dataset__name", "dataset_version__number")
    rows = measured.values_list(*fields, f"metrics__{metric}__value", *_metric_fields(metric))
    newest = {
        number: TrendPoint(number, value, _rows_name(dataset, data, weight), baseline, is_uploaded=True)
        for number, dataset, data, value, baseline, weight in rows
        if value is not None
    }
    return list(newest.values())


def _metric_fields(metric: str) -> tuple[str, str]:
    """Of the baseline, and of the column by which rows weigh in the metric."""
    return f"metrics__{metric}__baseline", f"metrics__{metric}__weighted_by"


def _rows_name(dataset: str, number: int, weight: str | None) -> str:
    return f"{dataset}:{number}" + (f", weighed by {weight}" if weight else "")


def trend_chart(metric: str, points: Sequence[TrendPoint], named: Mapping[int, str]) -> Chart | None:
    """The points in the colours of their data, with the baseline; `named` are the aliases of versions, the main one
    first. None for fewer than two points."""
    if len(points) < 2:
        return None
    baselines = [(point.number, point.baseline) for point in points if point.baseline is not None]
    axis = value_axis([point.value for point in points], [value for _, value in baselines])
    bounds = padded([point.number for point in points], 0.04)
    return Chart(
        f"{metric} over versions",
        "version",
        metric,
        _lines(points, bounds, axis, named),
        guides=_guides(baselines, bounds, axis),
        x_ticks=number_ticks(*bounds, LEFT, RIGHT, are_whole=True),
        y_ticks=axis.ticks,
        y_breaks=axis.breaks,
        columns=("version", metric, "baseline"),
    )


def _lines(
    points: Sequence[TrendPoint], bounds: tuple[float, float], axis: ValueAxis, named: Mapping[int, str]
) -> list[Line]:
    """The newest data first, each with what is archived apart."""
    newest = list(dict.fromkeys(point.data for point in reversed(points) if not point.is_uploaded))
    marks = {data: min(at, DATA_MARKS) for at, data in enumerate(newest, 1)}
    groups: dict[tuple[int, str, bool], list[Dot]] = defaultdict(list)
    for point in points:
        label = UPLOADED if point.is_uploaded else f"on {point.data}" + (", archived" if point.is_archived else "")
        key = (5 if point.is_uploaded else marks[point.data], label, point.is_archived)
        groups[key].append(_dot(point, x_at(point.number, *bounds), axis.at(point.value), named))
    return [
        Line(label, "", mark, dots, is_faint=is_archived) for (mark, label, is_archived), dots in sorted(groups.items())
    ]


def _dot(point: TrendPoint, x: float, y: float, named: Mapping[int, str]) -> Dot:
    baseline = "" if point.baseline is None else rounded(point.baseline)
    against = f", baseline {baseline}" if baseline else ""
    return Dot(
        x,
        y,
        f"version {point.number}: {rounded(point.value)} on {point.data}{against}",
        (str(point.number), rounded(point.value), baseline or "–"),
        name=named.get(point.number, ""),
        is_first=point.number == next(iter(named), None),
        shape="diamond" if point.is_uploaded else "circle",
    )


def _guides(baselines: Sequence[tuple[int, float]], bounds: tuple[float, float], axis: ValueAxis) -> list[Line]:
    """Each from half a version before to half a version after, so that a single one is seen."""
    if not baselines:
        return []
    pairs = [(at, axis.at(value)) for number, value in baselines for at in (number - 0.5, number + 0.5)]
    points = " ".join(f"{x_at(min(max(x, bounds[0]), bounds[1]), *bounds)},{y}" for x, y in pairs)
    return [Line(baseline_label(axis, [value for _, value in baselines]), points)]
