"""Models that are renamed, which curators may do, and versions that know what they were copied from."""

import catalog.models.names
from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations, models


def _curators(apps):
    return apps.get_model("auth", "Group").objects.filter(name="Curators")


def _permissions(apps):
    granted = {"content_type__app_label": "catalog", "codename": "rename_registeredmodel"}
    return apps.get_model("auth", "Permission").objects.filter(**granted)


def forwards(apps, schema_editor):
    # Permissions are made after all migrations have run; this group needs it now.
    config = installed.get_app_config("catalog")
    models_module, config.models_module = config.models_module, True
    create_permissions(config, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    config.models_module = models_module
    for group in _curators(apps):
        group.permissions.add(*_permissions(apps))


def backwards(apps, schema_editor):
    for group in _curators(apps):
        group.permissions.remove(*_permissions(apps))


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0020_index_metrics"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='registeredmodel',
            options={'ordering': ['name'], 'permissions': [('rename_registeredmodel', 'Can rename models')]},
        ),
        migrations.AddField(
            model_name='modelversion',
            name='provenance',
            field=models.JSONField(default=dict, editable=False, help_text='Of a copy or an import: what it was made of, by whom and when.'),
        ),
        migrations.AddField(
            model_name='registeredmodel',
            name='former_names',
            field=models.JSONField(default=list, editable=False, validators=[catalog.models.names.validate_names]),
        ),
        migrations.AddField(
            model_name='registeredmodel',
            name='stored_as',
            field=models.CharField(blank=True, editable=False, help_text='Of a renamed model: the name that it was made with, which its keys and events keep.', max_length=63),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='verb',
            field=models.CharField(choices=[('dataset_added', 'Dataset Added'), ('model_trained', 'Model Trained'), ('model_uploaded', 'Model Uploaded'), ('approved', 'Approved'), ('rejected', 'Rejected'), ('failed', 'Failed'), ('promoted', 'Promoted'), ('rolled_back', 'Rolled Back'), ('alias_removed', 'Alias Removed'), ('archived', 'Archived'), ('restored', 'Restored'), ('trashed', 'Trashed'), ('purged', 'Purged'), ('annotated', 'Annotated'), ('evaluated', 'Evaluated'), ('tagged', 'Tagged'), ('renamed', 'Renamed'), ('copied', 'Copied'), ('downloaded', 'Downloaded'), ('job_queued', 'Job Queued'), ('job_cancelled', 'Job Cancelled'), ('job_retried', 'Job Retried'), ('token_created', 'Token Created'), ('token_revoked', 'Token Revoked'), ('device_set_up', 'Device Set Up'), ('backup_codes_made', 'Backup Codes Made'), ('devices_reset', 'Devices Reset')], max_length=30),
        ),
        migrations.RunPython(forwards, backwards),
    ]
