"""Requests and answers become receipts; what can not be written waits, within a bound, and the rest is counted."""

import logging
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from catalog.exceptions import StorageUnreachable
from catalog.ml.prediction.logged_rows import LoggedRows, logged_table
from catalog.models import ModelVersion, Prediction
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.persistence import manifests
from catalog.services.prediction.loaded_model import Model, load_model
from catalog.serving.request_log import RequestLog
from catalog.serving.scoring_queue import Scored
from catalog.storage.interface import catalog_storage
from catalog.storage.local import LocalCatalogStorage
from tests.services.integrity.rebuilds import rebuild_from_nothing
from tests.services.snapshots import late_version
from tests.serving.test_requests import rows

AT = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def model(db: None, monkeypatch: pytest.MonkeyPatch) -> Model:
    monkeypatch.setattr(manifests, "storage_pause", manifests.Pause())
    late_version().restore()
    return load_model(reference="late:1")


@pytest.fixture
def log() -> RequestLog:
    return RequestLog(seconds=300, most_rows=100)


def noted(log: RequestLog, model: Model, count: int = 40, proba: bool = False) -> np.ndarray:
    """The predictions of so many rows, which the log was given."""
    asked = rows()[:count]
    predictions = model.predict(asked)
    log.note(asked, Scored(model, predictions, model.predict_proba(asked) if proba else None))
    return predictions


def stored_table(receipt: Prediction, folder: Path) -> Any:
    path = folder / "log.parquet"
    with catalog_storage().open(receipt.stored_key) as source:
        path.write_bytes(source.read())
    return pq.read_table(path)


def test_what_was_answered_becomes_a_receipt_with_inputs_and_outputs(
    model: Model, log: RequestLog, tmp_path: Path
) -> None:
    predictions = [*noted(log, model), *noted(log, model, 5, proba=True)]
    log.flush()
    receipt = Prediction.objects.get()
    assert (receipt.status, receipt.row_count, receipt.created_by) == ("READY", 45, "serve_models")
    assert receipt.model_sha256 == model.sha256
    assert receipt.input_uri.startswith("requests from 20")
    table = stored_table(receipt, tmp_path)
    assert table.column("prediction").to_pylist() == [bool(value) for value in predictions]
    assert table.column("distance").to_pylist() == [row["distance"] for row in [*rows(), *rows()[:5]]]
    assert table.column("probability_true").null_count == 40
    assert (log.logged, log.dropped, log.held) == (45, 0, 0)
    log.flush()
    assert Prediction.objects.count() == 1


def test_a_part_of_the_log_is_sound_and_comes_back_with_a_rebuild(model: Model, log: RequestLog) -> None:
    noted(log, model)
    log.flush()
    before = Prediction.objects.values().get()
    assert [finding for finding in verify_catalog(deep=True).findings if "predictions/" in finding.where] == []
    rebuild_from_nothing()
    after = Prediction.objects.values().get()
    assert {name: value for name, value in after.items() if name != "model_version_id"} == {
        name: value for name, value in before.items() if name != "model_version_id"
    }


def test_while_the_bucket_is_away_rows_wait_within_their_bound_and_the_rest_is_counted(
    model: Model, log: RequestLog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any, **options: Any) -> None:
        raise StorageUnreachable("The bucket does not answer.")

    with monkeypatch.context() as patched, caplog.at_level(logging.WARNING):
        patched.setattr(LocalCatalogStorage, "put", fail)
        for _ in range(4):
            noted(log, model)
            log.flush()
        assert (log.held, log.dropped, log.logged) == (80, 80, 0)
        assert "80 logged rows can't be written now: The bucket does not answer." in caplog.text
    noted(log, model, 20)
    log.flush()
    assert (log.held, log.dropped, log.logged) == (0, 80, 100)
    assert Prediction.objects.filter(status="READY").get().row_count == 100


def test_noting_waits_for_no_bucket(model: Model, log: RequestLog, monkeypatch: pytest.MonkeyPatch) -> None:
    scored = Scored(model, model.predict(rows()), None)
    monkeypatch.setattr(LocalCatalogStorage, "put", lambda *args, **options: time.sleep(60))
    begun = time.perf_counter()
    for _ in range(1000):
        log.note(rows(), scored)
    assert time.perf_counter() - begun < 30


def test_what_a_version_answered_that_is_gone_is_dropped_and_counted(model: Model, log: RequestLog) -> None:
    noted(log, model)
    ModelVersion.objects.update(number=7)
    log.flush()
    assert (log.held, log.dropped, log.logged) == (0, 40, 0)


def test_columns_keep_what_came_and_never_collide() -> None:
    mixed = LoggedRows(AT, [{"x": 1, "prediction": "a"}, {"x": "one", "prediction": None}], np.array([1.5, 2.5]))
    table = logged_table([mixed], ["x", "prediction"])
    assert table.to_pylist() == [
        {"answered_at": AT, "x": "1", "prediction": "a", "_prediction": 1.5},
        {"answered_at": AT, "x": '"one"', "prediction": None, "_prediction": 2.5},
    ]
