"""load_model with the bucket alone, as an application has it: load_with_bucket.py REFERENCE ROWS.csv

The answers, and what was asked of the server and imported for them, are printed as JSON.
"""

import json
import sys

import pandas as pd
from django.apps import apps

from catalog import load_model
from catalog.outside_django import choose_settings

choose_settings()
from catalog.storage.interface import catalog_storage  # noqa: E402

reference, path = sys.argv[1:]
asked: list[str] = []
catalog_storage().client.meta.events.register("before-call.s3", lambda model, **ignored: asked.append(model.name))
model = load_model(reference, bucket_only=True)
rows = pd.read_csv(path)
answers = model.predict(rows).tolist()
sys.stdout.write(
    json.dumps(
        {
            "reference": model.reference,
            "sha256": model.sha256,
            "metrics": model.metrics,
            "predictions": answers,
            "probabilities": model.predict_proba(rows).tolist(),
            "asked": asked,
            "is_django_set_up": apps.ready or "catalog.models" in sys.modules,
        }
    )
)
