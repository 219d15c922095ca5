"""Jobs, and who may start, cancel and look at them."""

import django.db.models.deletion
import django.utils.timezone
from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

GRANTED = {
    "Viewers": ["view_job"],
    "Trainers": ["view_job", "add_job", "change_job"],
    "Curators": ["view_job", "add_job", "change_job"],
}


def _permissions(apps, codenames):
    return apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="catalog", codename__in=codenames
    )


def forwards(apps, schema_editor):
    # Permissions are made after all migrations have run; these groups need them now.
    config = installed.get_app_config("catalog")
    models_module, config.models_module = config.models_module, True
    create_permissions(config, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    config.models_module = models_module
    for name, codenames in GRANTED.items():
        for group in apps.get_model("auth", "Group").objects.filter(name=name):
            group.permissions.add(*_permissions(apps, codenames))


def backwards(apps, schema_editor):
    for name, codenames in GRANTED.items():
        for group in apps.get_model("auth", "Group").objects.filter(name=name):
            group.permissions.remove(*_permissions(apps, codenames))


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0007_filter_by_task"),
    ]

    operations = [
        migrations.AlterField(
            model_name="auditevent",
            name="object_type",
            field=models.CharField(
                choices=[("dataset", "Dataset"), ("model", "Model"), ("prediction", "Prediction"), ("job", "Job")],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="verb",
            field=models.CharField(
                choices=[
                    ("dataset_added", "Dataset Added"),
                    ("model_trained", "Model Trained"),
                    ("model_uploaded", "Model Uploaded"),
                    ("approved", "Approved"),
                    ("rejected", "Rejected"),
                    ("failed", "Failed"),
                    ("promoted", "Promoted"),
                    ("rolled_back", "Rolled Back"),
                    ("alias_removed", "Alias Removed"),
                    ("archived", "Archived"),
                    ("restored", "Restored"),
                    ("trashed", "Trashed"),
                    ("purged", "Purged"),
                    ("annotated", "Annotated"),
                    ("downloaded", "Downloaded"),
                    ("job_queued", "Job Queued"),
                    ("job_cancelled", "Job Cancelled"),
                    ("job_retried", "Job Retried"),
                ],
                max_length=30,
            ),
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("training", "Training"), ("prediction", "Prediction")], editable=False, max_length=10
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        editable=False,
                        help_text="Of the model that is trained or used.",
                        max_length=63,
                        verbose_name="model",
                    ),
                ),
                (
                    "request",
                    models.JSONField(
                        editable=False, help_text="What the service is asked for, by the names of its request."
                    ),
                ),
                (
                    "input_key",
                    models.CharField(
                        blank=True, editable=False, help_text="Of a file uploaded for it.", max_length=300
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("QUEUED", "Queued"),
                            ("RUNNING", "Running"),
                            ("SUCCEEDED", "Succeeded"),
                            ("FAILED", "Failed"),
                            ("CANCELLED", "Cancelled"),
                        ],
                        default="QUEUED",
                        editable=False,
                        max_length=9,
                    ),
                ),
                (
                    "task_id",
                    models.UUIDField(editable=False, help_text="The row of the queue that will run it.", null=True),
                ),
                ("lease_token", models.CharField(blank=True, editable=False, max_length=32)),
                ("lease_expires_at", models.DateTimeField(editable=False, null=True)),
                ("heartbeat_at", models.DateTimeField(editable=False, null=True)),
                (
                    "worker",
                    models.CharField(blank=True, editable=False, help_text="Machine and process.", max_length=200),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("step", models.CharField(blank=True, editable=False, max_length=60)),
                ("step_started_at", models.DateTimeField(editable=False, null=True)),
                (
                    "done",
                    models.PositiveBigIntegerField(default=0, editable=False, help_text="Of the step, in its unit."),
                ),
                ("total", models.PositiveBigIntegerField(editable=False, null=True)),
                ("unit", models.CharField(blank=True, editable=False, max_length=20)),
                (
                    "expected_seconds",
                    models.FloatField(editable=False, help_text="What the one before it took.", null=True),
                ),
                (
                    "log",
                    models.JSONField(default=list, editable=False, help_text="The newest lines, each with its time."),
                ),
                ("cancel_requested", models.BooleanField(default=False, editable=False)),
                ("failure", models.TextField(blank=True, editable=False)),
                ("created_by", models.CharField(editable=False, max_length=150)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("started_at", models.DateTimeField(editable=False, null=True)),
                ("finished_at", models.DateTimeField(editable=False, null=True)),
                (
                    "model_version",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="jobs",
                        to="catalog.modelversion",
                    ),
                ),
                (
                    "prediction",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="jobs",
                        to="catalog.prediction",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["state", "lease_expires_at"], name="job_abandoned"),
                    models.Index(fields=["kind", "name", "-id"], name="job_before"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("attempts__lte", 3)),
                        name="job_attempts_are_few",
                        violation_error_message="A job is tried 3 times at most.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "RUNNING"), _negated=True),
                            models.Q(models.Q(("lease_token", ""), _negated=True), ("lease_expires_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="job_runs_under_a_lease",
                        violation_error_message="A job runs under a lease.",
                    ),
                    models.UniqueConstraint(
                        models.F("lease_token"),
                        condition=models.Q(("lease_token", ""), _negated=True),
                        name="one_job_a_lease",
                        violation_error_message="This lease is that of another job.",
                    ),
                ],
            },
        ),
        migrations.RunPython(forwards, backwards),
    ]
