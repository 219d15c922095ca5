"""`train_model …`, which also writes what the estimator predicts before it is saved: train_and_tell.py FILE.json …"""

import json
import sys
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command

from catalog.ml.artifacts import serialization
from catalog.ml.training import examples

django.setup()


read_examples, dump = examples.read_examples, serialization.dump
frames: list[Any] = []


def read_and_keep(*arguments: Any, **options: Any) -> Any:
    read = read_examples(*arguments, **options)
    frames.append(read.frame)
    return read


def predict_and_dump(estimator: Any, path: Path, artifact_format: str) -> list[str]:
    (frame,) = frames
    told = {
        "classes": estimator.classes_.tolist(),
        "predictions": estimator.predict(frame).tolist(),
        "probabilities": estimator.predict_proba(frame).tolist(),
    }
    Path(sys.argv[1]).write_text(json.dumps(told))
    return dump(estimator, path, artifact_format)


vars(examples)["read_examples"], vars(serialization)["dump"] = read_and_keep, predict_and_dump
call_command("train_model", *sys.argv[2:])
