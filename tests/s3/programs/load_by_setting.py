"""load_model, where the settings say whether it asks a database: the reference, and whether Django was set up."""

from catalog import load_model

reference = load_model("tumour").reference
from django.apps import apps  # noqa: E402

print(reference, apps.ready)  # noqa: T201
