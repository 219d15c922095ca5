import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.flights import all_flights

PROGRAM = Path(__file__).parent / "programs" / "incremental_memory.py"
PROJECT = PROGRAM.parents[5]


def test_more_rows_take_no_more_memory(tmp_path: Path) -> None:
    flights = all_flights()
    numbers = flights.select_dtypes("number")
    table = pa.Table.from_pandas(numbers.assign(carrier=flights["carrier"]), preserve_index=False)
    paths = tmp_path / "small.parquet", tmp_path / "large.parquet"
    for path, rows in zip(paths, (82_500, 330_000), strict=True):
        pq.write_table(table.slice(0, rows), path, row_group_size=11_000)
    # Arrow's own allocator and more than one arena keep what is free, sometimes more and sometimes less.
    allocation = {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1"}
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT), **allocation}
    told = subprocess.run(
        [sys.executable, PROGRAM, *paths], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    measured, grown = map(int, told.stdout.split())
    assert measured > 9_000
    # Flat, it grows by 16 MB, as allocators fill up; when all batches are kept it is 50.
    assert grown < table.slice(0, 330_000).nbytes * 0.8
