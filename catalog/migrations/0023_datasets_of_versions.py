"""An index by which versions are counted by their dataset, without those in the trash."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0022_attachments")]
    operations = [
        migrations.AddIndex(
            model_name="modelversion",
            index=models.Index(fields=["dataset_version", "trashed_at"], name="model_version_of_datasets"),
        ),
    ]
