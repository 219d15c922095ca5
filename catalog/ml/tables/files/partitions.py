"""Columns that folders hold: `year=2024/month=1/part-0.parquet`, as Hive, Spark and Athena lay tables out."""

import os
from urllib.parse import unquote

from catalog.exceptions import InvalidData

MISSING = "__HIVE_DEFAULT_PARTITION__"


def partition_values(address: str) -> dict[str, str | None]:
    """The value of each folder `key=value` on the way to the file, as text; None where it stands for a missing one.

    `address` is s3://bucket/key or an absolute path. Of a path those folders count too to which links lead. Raises
    InvalidData when they say otherwise.
    """
    values: dict[str, str | None] = {}
    for way in _ways(address):
        for key, value in _values(way).items():
            if values.setdefault(key, value) != value:
                raise InvalidData(
                    f"{address} lies in {key}={values[key] or MISSING}, and by a link in {key}={value or MISSING}. "
                    "Name the file without the link."
                )
    return values


def _ways(address: str) -> list[str]:
    """The address as it is written, and those of its folder and of the file when all links are followed."""
    if not address.startswith("/"):
        return [address]
    folder, _, name = address.rpartition("/")
    return [address, f"{os.path.realpath(folder)}/{name}", os.path.realpath(address)]


def _values(address: str) -> dict[str, str | None]:
    values: dict[str, str | None] = {}
    for folder in address.split("/")[:-1]:
        key, separator, value = folder.partition("=")
        if separator and key:
            values[unquote(key)] = None if value == MISSING else unquote(value)
    return values
