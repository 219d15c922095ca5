"""A served model computes in one thread, unless the environment says otherwise."""

import os

import numpy as np
import pytest
from lightgbm import LGBMRegressor

from catalog.serving import build_app

VARIABLES = ("OMP_NUM_THREADS", "LOKY_MAX_CPU_COUNT")


@pytest.mark.parametrize(
    ("said", "meant"),
    [({}, ("1", "1")), ({"OMP_NUM_THREADS": "4"}, ("4", "4")), ({"OMP_NUM_THREADS": "4,2"}, ("4,2", None))],
)
def test_what_the_environment_does_not_say_is_one_thread(
    monkeypatch: pytest.MonkeyPatch, said: dict[str, str], meant: tuple[str | None, str | None]
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name)
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.setswitchinterval", lambda seconds: None)
    monkeypatch.setattr("catalog.serving.application.create_app", lambda names, code_from_version: None)
    build_app()
    assert tuple(os.environ.get(name) for name in VARIABLES) == meant


def test_lightgbm_goes_by_the_one_that_joblib_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    fitted = LGBMRegressor(n_estimators=1, verbose=-1).fit(np.eye(30), np.arange(30))
    assert fitted.booster_.params["num_threads"] == 1
