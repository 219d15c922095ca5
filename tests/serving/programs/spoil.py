"""Reads what to do, a line each, and says when it is done: `changed`, `missing` or `another scikit-learn` spoils late:2
and promotes it; `mend` rolls back and puts it right."""

import sys
from pathlib import Path

import django

django.setup()  # before which no model can be imported

from catalog.models import ModelVersion  # noqa: E402
from catalog.services.registry.aliases import promote, roll_back  # noqa: E402

version = ModelVersion.objects.get(registered_model__name="late", number=2)
path, environment = Path(version.artifact.path), dict(version.environment)
content = path.read_bytes()

for line in sys.stdin:
    match line.strip():
        case "changed":
            path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        case "missing":
            path.unlink()
        case "another scikit-learn":
            versions = {**environment["versions"], "scikit-learn": "0.1.0"}
            ModelVersion.objects.filter(pk=version.pk).update(environment={**environment, "versions": versions})
        case "mend":
            roll_back(name="late", alias="production", actor="ada")
            path.write_bytes(content)
            ModelVersion.objects.filter(pk=version.pk).update(environment=environment)
    if line.strip() != "mend":
        promote(reference="late:2", alias="production", actor="ada")
    sys.stdout.write("done\n")
    sys.stdout.flush()
