"""Uploaded versions and their approval, the trash of datasets, and all that a bucket needs to bring the rows back.

SQLite adds a column by copying the table, which drops the trigger of 0002: it is made again.
"""

import catalog.models.encoding
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


TRIGGER = """CREATE TRIGGER catalog_auditevent_never_changes BEFORE UPDATE ON catalog_auditevent
BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END"""


def drop_trigger(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER IF EXISTS catalog_auditevent_never_changes")


def make_trigger(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(TRIGGER)


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0004_list_indexes'),
    ]

    operations = [
        migrations.RunPython(drop_trigger, make_trigger),
        migrations.CreateModel(
            name='UnstoredManifest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=300)),
                ('content', models.TextField()),
                ('upload_token', models.CharField(max_length=32)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.AlterModelOptions(
            name='modelversion',
            options={'ordering': ['registered_model__name', '-number'], 'permissions': [('promote_modelversion', 'Can promote versions to protected aliases and roll back'), ('archive_modelversion', 'Can archive and restore versions'), ('approve_modelversion', 'Can approve and reject uploaded versions'), ('approve_pickle_artifact', 'Can approve uploaded pickles, which run code when they are loaded'), ('annotate_modelversion', 'Can write notes, descriptions and model cards'), ('download_modelversion', 'Can download artifacts, datasets and predictions')]},
        ),
        migrations.AddField(
            model_name='auditevent',
            name='changes',
            field=models.JSONField(default=dict, encoder=catalog.models.encoding.ExactEncoder, help_text="The object's fields that changed, with their new values."),
        ),
        migrations.AddField(
            model_name='datasetversion',
            name='trashed_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='modelversion',
            name='approved_sha256',
            field=models.CharField(blank=True, editable=False, help_text='Of an uploaded file: the digest that was approved.', max_length=64),
        ),
        migrations.AddField(
            model_name='modelversion',
            name='approved_types',
            field=models.JSONField(default=list, editable=False, help_text='Types beyond the trusted ones that were approved with that digest.'),
        ),
        migrations.AddField(
            model_name='modelversion',
            name='inspection',
            field=models.JSONField(default=dict, editable=False, help_text='Of an uploaded file: what was found in it without loading it.'),
        ),
        migrations.AlterField(
            model_name='alias',
            name='set_at',
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='at',
            field=models.DateTimeField(db_index=True, default=django.utils.timezone.now),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='verb',
            field=models.CharField(choices=[('dataset_added', 'Dataset Added'), ('model_trained', 'Model Trained'), ('model_uploaded', 'Model Uploaded'), ('approved', 'Approved'), ('rejected', 'Rejected'), ('failed', 'Failed'), ('promoted', 'Promoted'), ('rolled_back', 'Rolled Back'), ('alias_removed', 'Alias Removed'), ('archived', 'Archived'), ('restored', 'Restored'), ('trashed', 'Trashed'), ('purged', 'Purged'), ('annotated', 'Annotated'), ('downloaded', 'Downloaded')], max_length=30),
        ),
        migrations.AlterField(
            model_name='dataset',
            name='created_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.AlterField(
            model_name='datasetversion',
            name='created_at',
            field=models.DateTimeField(db_index=True, default=django.utils.timezone.now, editable=False),
        ),
        migrations.AlterField(
            model_name='modelversion',
            name='artifact_format',
            field=models.CharField(choices=[('joblib', 'Joblib'), ('skops', 'Skops'), ('pickle', 'Pickle')], default='joblib', editable=False, max_length=10),
        ),
        migrations.AlterField(
            model_name='modelversion',
            name='created_at',
            field=models.DateTimeField(db_index=True, default=django.utils.timezone.now, editable=False),
        ),
        migrations.AlterField(
            model_name='modelversion',
            name='dataset_version',
            field=models.ForeignKey(editable=False, help_text="What it was trained on; None when an uploaded model's data are not known.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='model_versions', to='catalog.datasetversion'),
        ),
        migrations.AlterField(
            model_name='modelversion',
            name='origin',
            field=models.CharField(choices=[('TRAINED', 'Trained'), ('UPLOADED', 'Uploaded')], default='TRAINED', editable=False, max_length=10),
        ),
        migrations.AlterField(
            model_name='modelversion',
            name='random_state',
            field=models.PositiveBigIntegerField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name='modelversion',
            name='status',
            field=models.CharField(choices=[('PENDING', 'Pending'), ('QUARANTINED', 'Quarantined'), ('READY', 'Ready'), ('REJECTED', 'Rejected'), ('FAILED', 'Failed')], default='PENDING', editable=False, max_length=11),
        ),
        migrations.AlterField(
            model_name='modelversion',
            name='target',
            field=models.CharField(blank=True, editable=False, max_length=255),
        ),
        migrations.AlterField(
            model_name='prediction',
            name='created_at',
            field=models.DateTimeField(db_index=True, default=django.utils.timezone.now, editable=False),
        ),
        migrations.AlterField(
            model_name='registeredmodel',
            name='created_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.RunPython(make_trigger, drop_trigger),
    ]
