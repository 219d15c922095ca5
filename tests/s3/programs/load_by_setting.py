"""load_model, where the settings say whether it asks a database: the reference, and whether Django was set up."""

import sys

from django.apps import apps

from catalog import load_model

reference = load_model("tumour").reference
sys.stdout.write(f"{reference} {apps.ready}\n")
