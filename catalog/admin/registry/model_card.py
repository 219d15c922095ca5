"""A version's model card as Markdown with the metadata that Hugging Face reads (https://huggingface.co/docs/hub/model-cards)."""

import json
from typing import Any

from catalog.exceptions import counted
from catalog.models import ModelVersion
from catalog.services.evaluation.recorded_checks import recorded_checks, unmade_checks
from catalog.services.registry.facts import newest_evaluations

EVALUATIONS_SHOWN = 5
NOT_WRITTEN = "*Not yet written.*"


def model_card(version: ModelVersion) -> str:
    """Facts from the record; what people wrote, or that they have not."""
    model = version.registered_model
    return "\n".join(
        [
            "---",
            # JSON is YAML, and quotes whatever needs it.
            *(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in _metadata(version).items()),
            "---",
            "",
            f"# {version.reference}",
            "",
            model.description or NOT_WRITTEN,
            "",
            "## Intended use",
            "",
            model.intended_use or NOT_WRITTEN,
            "",
            "## Limitations",
            "",
            model.limitations or NOT_WRITTEN,
            "",
            *_training(version),
            *_evaluation(version),
            *_notes(version),
        ]
    )


def _metadata(version: ModelVersion) -> dict[str, Any]:
    task = f"tabular-{version.registered_model.task}"
    stated = {"name": "stated by the uploader"} if version.has_stated_metrics else {}
    return {
        "library_name": "sklearn",
        "pipeline_tag": task,
        "tags": ["sklearn", "tabular", version.estimator],
        "model-index": [
            {
                "name": version.registered_model.name,
                "results": [
                    {
                        "task": {"type": task},
                        "dataset": {"name": version.dataset_reference, "type": "tabular"},
                        "metrics": [
                            {"type": name, "value": metric["value"], **stated}
                            for name, metric in version.metrics.items()
                        ],
                    }
                ],
            }
        ],
    }


def _training(version: ModelVersion) -> list[str]:
    libraries = ", ".join(f"{name} {number}" for name, number in version.environment.get("versions", {}).items())
    return [
        "## Training",
        "",
        *(_uploaded(version) if version.origin == ModelVersion.Origin.UPLOADED else _trained_here(version)),
        f"- Libraries: {libraries or 'unknown'}",
        f"- SHA-256 of the artifact: {version.sha256}",
        "",
    ]


def _trained_here(version: ModelVersion) -> list[str]:
    rows, params = version.report["rows"], json.dumps(version.params)
    data = f"{version.dataset_reference}, target {version.target}"
    chosen = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in version.chosen_params.items()]
    return [
        f"- Estimator: {version.estimator}, parameters {params}, random state {version.random_state}",
        *([f"- Not at their defaults: {', '.join(chosen)}"] if chosen else []),
        f"- Code: {version.code_state or 'unknown'}",
        f"- Data: {data}; {counted(rows['train'], 'row')} to train, {rows['test']:,} held out",
        f"- Trained by {version.created_by} on {version.created_at:%Y-%m-%d}",
    ]


def _uploaded(version: ModelVersion) -> list[str]:
    data = f"{version.dataset_reference or 'unknown'}, target {version.target or 'unknown'}"
    uploaded = f"uploaded by {version.created_by} on {version.created_at:%Y-%m-%d}"
    return [
        f"- Estimator: {version.estimator or 'unknown'}",
        f"- Data: {data}",
        f"- Trained elsewhere; {uploaded}. The metrics are the uploader's.",
    ]


def _evaluation(version: ModelVersion) -> list[str]:
    heading = "Metrics as stated by its uploader" if version.has_stated_metrics else "Evaluation on held-out rows"
    lines = [f"## {heading}", "", "| metric | value | training rows | baseline | better |"]
    lines.append("|---|---|---|---|---|")
    for name, metric in version.metrics.items():
        training, baseline = (_number(metric.get(key)) for key in ("training", "baseline"))
        direction = "higher" if metric["higher_is_better"] else "lower"
        lines.append(f"| {name} | {metric['value']:.4g} | {training} | {baseline} | {direction} |")
    weighed = [f"In these metrics rows weigh by the column {version.weighted_by}.", ""] if version.weighted_by else []
    return [*lines, "", *weighed, *_measured(version), *_checks(version)]


def _measured(version: ModelVersion) -> list[str]:
    """What was measured of it here since it was made, by its main metric."""
    main, lines = version.registered_model.primary_metric, []
    for evaluation in newest_evaluations(version, most=EVALUATIONS_SHOWN):
        metric = evaluation.metrics.get(main, {})
        value, baseline = (_number(metric.get(key)) for key in ("value", "baseline"))
        on = f"{evaluation.created_at:%Y-%m-%d}, on {evaluation.rows_text}"
        lines.append(f"- {on}: {main} {value}, baseline {baseline}")
    return ["### Measured since", "", *lines, ""] if lines else []


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _checks(version: ModelVersion) -> list[str]:
    """What fired, why it was muted, and what was not checked."""
    lines = [
        f"- {check.name}: {check.sentence}" + (f" Muted: {check.muted}" if check.muted else "")
        for check in recorded_checks(version)
    ]
    unmade = unmade_checks(version)
    return [
        *(["### Checks that fired", "", *lines, ""] if lines else []),
        *([unmade, ""] if unmade else []),
    ]


def _notes(version: ModelVersion) -> list[str]:
    return ["## Notes", "", version.notes, ""] if version.notes else []
