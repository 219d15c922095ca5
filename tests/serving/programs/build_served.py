"""Makes `late:1` and `late:2`, of which the first is in production, in the folder named."""

import sys
from pathlib import Path

import django

django.setup()  # before which no model can be imported

from catalog.services.registry.aliases import promote  # noqa: E402
from tests.factories import make_dataset, make_version  # noqa: E402
from tests.services.snapshots import departures  # noqa: E402

folder = Path(sys.argv[1])
make_dataset(folder, departures(), "departures")
for estimator in ("hist_gradient_boosting", "decision_tree"):
    make_version(folder, name="late", dataset="departures", target="late", estimator=estimator)
promote(reference="late:1", alias="production", actor="ada")
promote(reference="late:2", alias="staging", actor="ada")
