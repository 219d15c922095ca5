"""The command that repeats a training asks for the very same."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from catalog.management.commands.train_model import Command, _param, _read_json
from catalog.models import ModelVersion
from catalog.services.training.repeat_command import SPACE_FILE, repeat_command
from catalog.services.training.request import TrainingRequest

REQUESTS: tuple[dict[str, Any], ...] = (
    {},
    {
        "estimator": "decision_tree",
        "params": {"max_depth": 3, "criterion": "gini", "alpha": 0.5, "b": None, "c": "3"},
    },
    {"features": ["distance", "dep time", "a,b"], "text": ["-notes"], "cv": 5, "test_size": 0.25, "random_state": 7},
    {"search": "grid", "search_space": {"max_depth": [3, None], "criterion": ["it's"]}, "artifact_format": "skops"},
    {"incremental": True, "epochs": 3, "drop": ["origin"], "split": "time:time_hour"},
    {"pipeline": "mine:make", "task": "classification"},
)


def asked(command: str, folder: Path) -> TrainingRequest:
    """What the command of this line would ask for."""
    parser = Command().create_parser("manage.py", "train_model")
    options = vars(parser.parse_args(shlex.split(command)[3:]))
    space = options.pop("search_space")
    params = dict(_param(given) for given in options.pop("params"))
    names = TrainingRequest.__dataclass_fields__
    return TrainingRequest(
        params=params,
        search_space=_read_json(str(folder / space)) if space else None,
        **{name: value for name, value in options.items() if name in names},
    )


@pytest.mark.parametrize("chosen", REQUESTS)
def test_the_command_of_a_version_asks_for_what_was_asked(
    late_v1: ModelVersion, tmp_path: Path, chosen: dict[str, Any]
) -> None:
    request = TrainingRequest("late", "departures:1", "late", **chosen)
    late_v1.report = json.loads(json.dumps({"request": request.choices}))
    *before, command = repeat_command(late_v1).splitlines()
    for line in before:
        (tmp_path / SPACE_FILE).write_text(shlex.split(line)[1])
    assert asked(command, tmp_path).choices == request.choices


def test_a_training_records_what_it_was_asked_for_and_how_long_it_took(late_v1: ModelVersion) -> None:
    assert late_v1.report["request"] == {"target": "late", "estimator": "decision_tree"}
    assert {"read", "fit", "evaluate"} <= set(late_v1.report["seconds"])


def test_without_a_record_there_is_no_command(late_v1: ModelVersion) -> None:
    late_v1.report = {}
    assert repeat_command(late_v1) == ""
