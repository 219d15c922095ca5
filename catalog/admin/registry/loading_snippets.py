"""What a version's page says about loading it with boto3 and joblib alone."""

from typing import Any

from catalog.models import ModelVersion
from catalog.storage.addresses import is_s3_uri, split_s3_uri

NUMBER = "float64"  # as signatures say how a column of numbers is passed
SHOWN_COLUMNS = 8
WITH_BOTO3 = """import hashlib
import io

import boto3
import joblib
import pandas as pd

{fetched}
assert hashlib.sha256(content).hexdigest() == {sha256!r}
columns = {columns!r}
print(joblib.load(io.BytesIO(content)).predict(pd.read_csv("new.csv")[columns].astype(float)))"""


def loading_context(version: ModelVersion, uri: str) -> dict[str, Any]:
    """`by_hand` is a program for a joblib file whose frame needs no more than numbers, and empty for all others;
    `not_numbers` are the first columns that need more, with how they are passed, and `more_columns` counts the rest."""
    inputs = version.signature.get("inputs", []) if version.signature else []
    others = [column for column in inputs if column["passed_as"] != NUMBER]
    is_joblib = version.artifact_format == version.ArtifactFormat.JOBLIB
    is_plain = is_joblib and is_s3_uri(uri) and inputs and not others
    return {
        "by_hand": _program(version, uri) if is_plain else "",
        "not_numbers": [(column["name"], _passed_as(column)) for column in others[:SHOWN_COLUMNS]],
        "more_columns": max(0, len(others) - SHOWN_COLUMNS),
    }


def _program(version: ModelVersion, uri: str) -> str:
    bucket, key = split_s3_uri(uri)
    return WITH_BOTO3.format(
        fetched=f'content = boto3.client("s3").get_object(Bucket={bucket!r}, Key={key!r})["Body"].read()',
        sha256=version.sha256,
        columns=[column["name"] for column in version.signature["inputs"]],
    )


def _passed_as(column: dict[str, Any]) -> str:
    categories = column.get("categories")
    return f"{column['passed_as']} of {len(categories):,}" if categories else str(column["passed_as"])
