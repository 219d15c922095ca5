"""Without a database the server answers by what is published in the bucket, and follows it."""

import subprocess
import sys
from pathlib import Path

from tests.servers.site import ROOT, run
from tests.serving.conftest import DIGEST
from tests.serving.served_process import served_environment, serving
from tests.serving.test_requests import rows, settle

ALONE = {"DATABASE_URL": "", "CATALOG_BUCKET_ONLY": "true", "CATALOG_SERVING_FOLLOW_SECONDS": "1"}


def test_the_bucket_alone_is_served_and_followed(served_folder: Path) -> None:
    with serving(served_folder, "late", **ALONE, CATALOG_SERVING_TOKENS=DIGEST) as server:
        answer = server.post("/models/late/predict", rows())
        assert (answer.status, answer.json["reference"], len(answer.json["predictions"])) == (200, "late:1", 40)
        assert server.post("/models/late:2/predict", rows()).json["reference"] == "late:2"
        assert server.post("/models/late/predict", rows(), token="another").status == 401
        assert list(server.get("/openapi.json").json["paths"]) == ["/models/late/predict"]
        for change, reference in (("promote late:2", "late:2"), ("rollback late", "late:1")):
            run(served_environment(served_folder), "manage.py", *change.split(), "--reason", "tried")
            settle(lambda now=reference: server.post("/models/late/predict", rows()).json["reference"] == now)


def test_a_log_that_needs_the_database_is_refused_without_one(served_folder: Path) -> None:
    variables = served_environment(served_folder, **ALONE, CATALOG_SERVING_LOG="true", CATALOG_SERVING_OPEN="true")
    command = [sys.executable, "-c", "from catalog.serving import app"]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=120, check=False)
    assert "CATALOG_SERVING_LOG keeps receipts in the database" in done.stderr.splitlines()[-1]
