"""Columns that folders hold: `year=2024/month=1/part-0.parquet`, as Hive, Spark and Athena lay tables out."""

from urllib.parse import unquote

MISSING = "__HIVE_DEFAULT_PARTITION__"


def partition_values(address: str) -> dict[str, str | None]:
    """The value of each folder `key=value` on the way to the file, as text; None where it stands for a missing one."""
    values: dict[str, str | None] = {}
    for folder in address.split("/")[:-1]:
        key, separator, value = folder.partition("=")
        if separator and key:
            values[unquote(key)] = None if value == MISSING else unquote(value)
    return values
