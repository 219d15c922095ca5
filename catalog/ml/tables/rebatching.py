"""Rows in batches of another size than a file gives them."""

from collections.abc import Iterator

import pyarrow as pa

READ_CELLS, FEWEST_ROWS, MOST_ROWS = 600_000, 1_000, 50_000


def rows_at_once(columns: int) -> int:
    """Rows that make READ_CELLS together: a block of a wide CSV file has few, and every column of a batch costs. Of few
    columns MOST_ROWS: the values of one that differ take several times their memory while they are counted."""
    return min(MOST_ROWS, max(FEWEST_ROWS, READ_CELLS // max(columns, 1)))


def rebatch(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """The same rows in tables of exactly `rows` rows, but for the last."""
    pending: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        while count + batch.num_rows >= rows:
            taken = rows - count
            yield pa.Table.from_batches([*pending, batch.slice(0, taken)])
            batch, pending, count = batch.slice(taken), [], 0
        if batch.num_rows:
            pending.append(batch)
            count += batch.num_rows
    if pending:
        yield pa.Table.from_batches(pending)


def to_record_batch(table: pa.Table) -> pa.RecordBatch:
    """The rows of the table in one piece."""
    return table.combine_chunks().to_batches()[0]
