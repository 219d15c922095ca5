"""All rows of a machine's catalog as JSON on stdout, as tests.catalog_rows reads them."""

import json
import sys

import django

django.setup()  # before which no model can be imported

from tests.catalog_rows import snapshot  # noqa: E402

sys.stdout.write(json.dumps(snapshot()))
