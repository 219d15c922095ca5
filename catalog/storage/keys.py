"""Where everything lies: the only place that composes keys. All are relative to AWS_LOCATION."""


def dataset_file(name: str, number: int, sha256: str, file_format: str) -> str:
    return f"datasets/{name}/v{number:04d}/{sha256[:12]}-data.{file_format}"


def model_artifact(name: str, number: int, sha256: str, artifact_format: str) -> str:
    return f"models/{name}/v{number:04d}/{sha256[:12]}-model.{artifact_format}"


def prediction_output(name: str, number: int, receipt: str, file_format: str) -> str:
    return f"predictions/{name}/v{number:04d}/{receipt}/predictions.{file_format}"


def manifest_beside(key: str) -> str:
    """The key of the manifest that describes the object at `key`."""
    return f"{key.rpartition('/')[0]}/manifest.json"
