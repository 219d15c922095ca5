import subprocess
import sys
from pathlib import Path

import pytest

from catalog.exceptions import InvalidArtifact
from catalog.services.prediction.loading import load_version
from catalog.services.registry.references import get_model_version
from catalog.services.uploads.add_version import add_version
from tests.hostile_models import (
    CORRUPTED_TREES,
    IRIS,
    fitted,
    rewritten,
    skops_bytes,
)
from tests.summary import count
from tests.uploading import assert_nothing_is_left, write_model

PROJECT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.django_db


def test_a_trusted_sound_model_is_ready_at_once_by_the_real_inspection(tmp_path: Path) -> None:
    version = add_version(name="iris", source=write_model(tmp_path, skops_bytes(fitted("forest"))), actor="ada")
    assert (version.status, version.origin, version.artifact_format) == ("READY", "UPLOADED", "skops")
    assert version.approved_sha256 == version.sha256
    assert version.inspection["trees"] == 3
    loaded = load_version(get_model_version("iris:1"))
    assert list(loaded.estimator.predict(IRIS.data)) == list(fitted("forest").predict(IRIS.data))


def test_the_web_process_uploads_and_approves_without_scikit_learn(tmp_path: Path) -> None:
    code = (
        "import django, sys; django.setup(); "
        "import catalog.services.uploads.approval, catalog.services.uploads.import_models; "
        "print([name for name in ('sklearn', 'pandas', 'numpy', 'joblib', 'skops') if name in sys.modules])"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=PROJECT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_corrupted_tree_leaves_nothing_by_the_real_inspection(tmp_path: Path) -> None:
    kind, edit = CORRUPTED_TREES["forest, left_child far beyond"]
    source = write_model(tmp_path, rewritten(skops_bytes(fitted(kind)), array=edit))
    with pytest.raises(InvalidArtifact, match=r"^m\.skops is refused: a tree in it is corrupted: a child is not among"):
        add_version(name="iris", source=source, actor="ada")
    assert_nothing_is_left()
    count("hostile models refused")
