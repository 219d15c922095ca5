"""The metrics of the versions that there are, as rows that can be searched."""

import math
from itertools import islice

from django.db import migrations

BATCH = 1000


def metric_values(metrics):
    for name, metric in metrics.items():
        value = metric.get("value") if isinstance(metric, dict) else None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and math.isfinite(value) and len(name) <= 255:
            yield name, float(value)


def forwards(apps, schema_editor):
    versions = apps.get_model("catalog", "ModelVersion").objects.order_by("pk").only("metrics")
    indexed = apps.get_model("catalog", "IndexedMetric")
    rows = (
        indexed(model_version_id=version.pk, name=name, value=value)
        for version in versions.iterator(chunk_size=BATCH)
        for name, value in metric_values(version.metrics)
    )
    while some := list(islice(rows, BATCH)):
        indexed.objects.bulk_create(some)


def backwards(apps, schema_editor):
    apps.get_model("catalog", "IndexedMetric").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("catalog", "0019_tags_and_search")]
    operations = [migrations.RunPython(forwards, backwards)]
