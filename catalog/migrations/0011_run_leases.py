"""Runs in parts have one holder at a time, and parts tell whether trying them again can help."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0010_rights_of_jobs")]

    operations = [
        migrations.AddField(
            "predictionpart",
            "is_hopeless",
            models.BooleanField(default=False, help_text="Its file holds what is wrong: it fails each time."),
        ),
        migrations.CreateModel(
            "RunLease",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=32)),
                ("holder", models.CharField(help_text="Person, machine and process.", max_length=200)),
                ("expires_at", models.DateTimeField()),
                (
                    "prediction",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lease", to="catalog.prediction"
                    ),
                ),
            ],
        ),
    ]
