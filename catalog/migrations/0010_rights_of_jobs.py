"""Jobs know who asked for them last, and with whose rights they run."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def fill_in(apps, schema_editor):
    # The jobs there are were asked for by those who queued them; who has an account has its rights.
    app_label, name = settings.AUTH_USER_MODEL.split(".")
    accounts = dict(apps.get_model(app_label, name).objects.values_list("username", "pk"))
    for job in apps.get_model("catalog", "Job").objects.only("created_by").iterator():
        job.requested_by, job.site_user_id = job.created_by, accounts.get(job.created_by)
        job.save(update_fields=["requested_by", "site_user"])


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0009_datasets_of_many_files"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "job", "reason", models.TextField(blank=True, editable=False, help_text="Why it was asked for again.")
        ),
        migrations.AddField(
            "job",
            "requested_by",
            models.CharField(
                default="", editable=False, help_text="Who asked last, by queueing or retrying it.", max_length=150
            ),
        ),
        migrations.AddField(
            "job",
            "site_user",
            models.ForeignKey(
                db_constraint=False,
                editable=False,
                help_text="With whose rights it runs, when it was asked for through the site.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunPython(fill_in, migrations.RunPython.noop),
    ]
