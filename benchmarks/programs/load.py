"""Loading a model once: by the catalog, or plainly from a file.

python -m benchmarks.programs.load catalog MODEL:N
python -m benchmarks.programs.load plainly FILE
"""

import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import joblib
import pandas  # noqa: F401 - imported before the clock starts
import sklearn.ensemble
import sklearn.pipeline  # noqa: F401 - so too


def plainly(path: str) -> dict[str, Any]:
    started = time.perf_counter()
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while chunk := file.read(1024 * 1024):
            digest.update(chunk)
    joblib.load(path)
    return {"load": time.perf_counter() - started}


def by_catalog(reference: str) -> dict[str, Any]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "s3site.settings")
    import django

    django.setup()
    from botocore.endpoint import Endpoint

    from catalog.services.prediction.loading import load_version
    from catalog.services.registry.references import get_model_version
    from catalog.storage.cache import file_cache

    requests, send = [], Endpoint._send

    def send_noted(self: Endpoint, request: Any) -> Any:
        requests.append(request.url)
        return send(self, request)

    Endpoint._send = send_noted  # type: ignore[method-assign] # each request goes through it, and nothing else counts them
    version = get_model_version(reference)
    started = time.perf_counter()
    load_version(version)
    seconds = time.perf_counter() - started
    cached = file_cache().folder / version.sha256[:2] / version.sha256
    size_mb = version.size_bytes / 1e6
    return {"load": seconds, "requests": len(requests), "cached": str(cached), "size_mb": size_mb}


if __name__ == "__main__":
    print(json.dumps({"catalog": by_catalog, "plainly": plainly}[sys.argv[1]](sys.argv[2])))
