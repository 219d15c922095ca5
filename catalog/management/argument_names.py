"""How the arguments of commands are called: services name a field of a request, people type an option."""

from collections.abc import Iterable

# Of the fields whose option is not their own name with dashes, and of those that are given by position.
ARGUMENTS = {
    "address": "ADDRESS",
    "artifact_format": "--format",
    "column_types": "--column-type",
    "folder": "DIR",
    "id_columns": "--id-column",
    "job_id": "ID",
    "metrics": "--metric",
    "name": "NAME",
    "names": "NAME",
    "new_name": "NEW_NAME",
    "params": "--param",
    "reference": "REF",
    "references": "REF",
    "source": "SOURCE",
    "tags": "KEY=VALUE",
    "text": "TEXT",
    "unsigned": "--no-sign-request",
    "with_probabilities": "--proba",
}
PREDICTION_ARGUMENTS = {"source": "--input"}


def argument_names(fields: Iterable[str]) -> dict[str, str]:
    """The argument of each field, as people type it."""
    return {field: f"--{field.replace('_', '-')}" for field in fields} | ARGUMENTS
