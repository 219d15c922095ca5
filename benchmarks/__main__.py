"""All benchmarks of docs/performance.md one after another, and then its tables and plots from what they found.

    .venv/bin/python -m benchmarks [NAME …]

Each keeps its figures in docs/measured. The files of flights are made once for all of them. About twenty minutes on two
cores; on a machine that does other work the ratios hold better than the seconds. The page on the admin has its own:
benchmarks.admin.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measuring import PYTHON, ROOT

PEERS = Path("/tmp/peers/bin/python")
ORDER = (
    "predict",
    "cold",
    "train",
    "checks",
    "wide",
    "add_dataset",
    "query",
    "dialects",
    "transfer",
    "startup",
    "second_use",
    "load",
    "promote",
    "growth",
    "serving",
    "verdicts",
)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="catalog-benchmark-data-") as folder:
        environment = {"CATALOG_BENCHMARK_DATA": folder, **os.environ}
        for name in sys.argv[1:] or ORDER:
            print(f"\n{name}", flush=True)
            started = time.perf_counter()
            subprocess.run([PYTHON, "-m", f"benchmarks.{name}"], cwd=ROOT, env=environment, check=False)
            print(f"{name}: {time.perf_counter() - started:.0f} s in all", flush=True)
    if PEERS.exists():
        subprocess.run([PEERS, "-m", "benchmarks.plots"], cwd=ROOT, check=False)
    subprocess.run([PYTHON, "-m", "benchmarks.tables"], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
