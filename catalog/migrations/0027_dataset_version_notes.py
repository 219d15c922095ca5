from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0026_jobs_that_measure"),
    ]

    operations = [
        migrations.AddField(
            model_name="datasetversion",
            name="notes",
            field=models.TextField(
                blank=True, default="", help_text="What is particular to this version; the dataset's text is of all."
            ),
            preserve_default=False,
        ),
    ]
