"""A model with so many versions, all like one that is really trained: many_versions COUNT FOLDER.

Their JSON is that of the trained one. All share its file, which is what `predict` loads. Version 1 was in production
before version 2, which is there now.
"""

import os
import sys
from itertools import islice
from pathlib import Path
from typing import Any

BATCH = 500


def trained(folder: Path) -> Any:
    """The version that all others are copies of, made once."""
    from benchmarks.flights import TARGET, flights_file
    from benchmarks.pipelines import FEATURES
    from catalog.models import ModelVersion
    from catalog.services.datasets.add_dataset import add_dataset
    from catalog.services.training.request import TrainingRequest
    from catalog.services.training.train_model import train_model

    found = ModelVersion.objects.filter(registered_model__name="few-flights").first()
    if found:
        return found
    add_dataset(name="few-flights", source=str(flights_file(folder, 1_000)), actor="benchmark")
    request = TrainingRequest("few-flights", "few-flights", TARGET, features=FEATURES, estimator="decision_tree")
    return train_model(request=request, actor="benchmark").version


def main(count: int, folder: Path) -> None:
    from django.db import connection

    from benchmarks.admin import copies
    from catalog.services.registry.aliases import promote

    first = trained(folder)
    (model,) = copies(first.registered_model, name=iter([f"model-{count}"]), next_number=iter([count + 1]))
    model.save()
    rows = copies(first, registered_model_id=(model.pk for _ in range(count)), number=iter(range(1, count + 1)))
    while some := list(islice(rows, BATCH)):
        type(first).objects.bulk_create(some)
    connection.cursor().execute("ANALYZE")
    for number in (1, 2):
        promote(reference=f"model-{count}:{number}", alias="production", actor="benchmark")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "s3site.settings")
    import django

    django.setup()
    main(int(sys.argv[1]), Path(sys.argv[2]))
