"""The process that opens an uploaded model: it limits itself first, and ends with an answer or is killed.

Run by limits.run_limited() in an empty folder with `arguments.json`, the model on standard input; writes `answer.json`.
"""

import json
import os
import sys
from pathlib import Path
from typing import IO, Any

from catalog.exceptions import CatalogError
from catalog.ml.artifacts.inspection.limits import ANSWER_BYTES, Limits


def main() -> None:
    request = json.loads(Path("arguments.json").read_text())
    limits = Limits(**request.pop("limits"))
    _limit_this_process(limits)
    with os.fdopen(0, "rb") as file:
        file.seek(0)
        answer = answer_request(file, request, limits)
    Path("unfinished").write_text(json.dumps(answer))
    os.replace("unfinished", "answer.json")
    sys.stdout.flush()
    os._exit(0)  # nothing that the model left behind may run at exit


def _limit_this_process(limits: Limits) -> None:
    import resource

    resources = {
        resource.RLIMIT_AS: limits.address_bytes,
        resource.RLIMIT_CPU: limits.seconds,
        resource.RLIMIT_FSIZE: ANSWER_BYTES,
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in resources.items():
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):
            if sys.platform != "darwin":  # which can't limit the address space
                raise


def answer_request(file: IO[bytes], request: dict[str, Any], limits: Limits) -> dict[str, Any]:
    """What was found, or the problem in one line."""
    from catalog.ml.artifacts.inspection.examine import examine

    try:
        return examine(file, limits=limits, **request)
    except CatalogError as error:
        return {"problem": str(error)}
    except MemoryError:
        return {"problem": "it needs more memory than CATALOG_MODEL_BYTES allows."}
    except RecursionError:
        return {"problem": "it is nested too deeply."}
    except Exception as error:  # a file may make the libraries raise anything at all
        lines = str(error).strip().splitlines() or [""]
        return {"problem": f"{type(error).__name__}: {lines[0][:300]}"}


if __name__ == "__main__":
    main()
