"""What estimators print beside the one object of `--json`."""

import ctypes
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from sklearn.tree import DecisionTreeClassifier

from catalog.management.output import prints_aside
from catalog.models import DatasetVersion

C = ctypes.CDLL(None)


class Talkative(DecisionTreeClassifier):
    def fit(self, *arguments: Any, **options: Any) -> "Talkative":
        print("fitted by Python")  # noqa: T201 - as estimators do
        os.write(1, b"fitted past Python\n")
        C.puts(b"fitted by C")
        return super().fit(*arguments, **options)

    def predict(self, *arguments: Any, **options: Any) -> Any:
        C.puts(b"predicted by C")
        return super().predict(*arguments, **options)


def test_train_model_prints_one_object(departures_v1: DatasetVersion, capfd: pytest.CaptureFixture[str]) -> None:
    options = ("--dataset=departures", "--target=late", f"--estimator={__name__}:Talkative")
    call_command("train_model", "late", *options, "--json")
    written = capfd.readouterr()
    assert json.loads(written.out)["reference"] == "late:1"
    assert {"fitted by Python", "fitted past Python", "fitted by C", "predicted by C"} <= {*written.err.splitlines()}


def test_predict_prints_the_table_alone(
    departures_v1: DatasetVersion, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    options = ("--dataset=departures", "--target=late", f"--estimator={__name__}:Talkative", "--features=distance")
    call_command("train_model", "late", *options)
    (tmp_path / "new.csv").write_text("distance\n5\n")
    capfd.readouterr()
    call_command("predict", "late:1", f"--input={tmp_path / 'new.csv'}", "--output=-")
    written = capfd.readouterr()
    assert written.out in {"prediction\ntrue\n", "prediction\nfalse\n"}
    assert "predicted by C" in written.err


def test_evaluate_and_replay_print_one_object(
    departures_v1: DatasetVersion, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    options = ("--dataset=departures", "--target=late", f"--estimator={__name__}:Talkative", "--features=distance")
    call_command("train_model", "late", *options)
    for words in (("evaluate", "late:1", "--like=late:1"), ("verify_catalog", "--replay")):
        capfd.readouterr()
        with suppress(CommandError):  # the manifests of a test that is never committed wait
            call_command(*words, "--json")
        written = capfd.readouterr()
        assert json.loads(written.out)
        assert "predicted by C" in written.err


def test_afterwards_standard_output_is_as_before(capfd: pytest.CaptureFixture[str]) -> None:
    with prints_aside() as output:
        print("aside")  # noqa: T201 - as estimators do
        output.write(b"here\n")
    C.puts(b"C again")
    C.fflush(None)
    os.write(1, b"again\n")
    assert capfd.readouterr() == ("here\nC again\nagain\n", "aside\n")
