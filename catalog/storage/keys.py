"""Where everything lies: the only place that composes keys. All are relative to AWS_LOCATION."""


def dataset_file(name: str, number: int, sha256: str, file_format: str) -> str:
    return f"datasets/{name}/v{number:04d}/{sha256[:12]}-data.{file_format}"


def model_artifact(name: str, number: int, sha256: str, artifact_format: str) -> str:
    return f"models/{name}/v{number:04d}/{sha256[:12]}-model.{artifact_format}"


def prediction_output(name: str, number: int, receipt: str, file_format: str) -> str:
    return f"predictions/{name}/v{number:04d}/{receipt}/predictions.{file_format}"


def parent_manifest(kind: str, name: str) -> str:
    """Of a dataset or a registered model."""
    return f"{'datasets' if kind == 'dataset' else 'models'}/{name}/manifest.json"


def event_manifest(object_type: str, object_name: str, event_id: int, verb: str) -> str:
    """By object, so that a person finds what happened to it; the numbers are in the order of what happened."""
    return f"events/{object_type}s/{object_name}/{event_id:09d}-{verb}.json"


def manifest_beside(key: str) -> str:
    """The key of the manifest that describes the object at `key`."""
    return f"{key.rpartition('/')[0]}/manifest.json"


def failed_beside(key: str) -> str:
    """The key of the manifest of a row that failed; that of a stored row may lie beside it."""
    return f"{key.rpartition('/')[0]}/failed.json"
