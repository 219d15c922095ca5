"""Tokens for the server that answers requests, and who may make and revoke them."""

import django.utils.timezone
from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

GRANTED = {
    "Viewers": ["view_servingtoken"],
    "Trainers": ["view_servingtoken"],
    "Curators": ["view_servingtoken", "add_servingtoken", "change_servingtoken"],
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
        ('catalog', '0013_how_tables_are_read'),
    ]

    operations = [
        migrations.AlterField(
            model_name='auditevent',
            name='object_type',
            field=models.CharField(choices=[('dataset', 'Dataset'), ('model', 'Model'), ('prediction', 'Prediction'), ('job', 'Job'), ('token', 'Token')], max_length=10),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='verb',
            field=models.CharField(choices=[('dataset_added', 'Dataset Added'), ('model_trained', 'Model Trained'), ('model_uploaded', 'Model Uploaded'), ('approved', 'Approved'), ('rejected', 'Rejected'), ('failed', 'Failed'), ('promoted', 'Promoted'), ('rolled_back', 'Rolled Back'), ('alias_removed', 'Alias Removed'), ('archived', 'Archived'), ('restored', 'Restored'), ('trashed', 'Trashed'), ('purged', 'Purged'), ('annotated', 'Annotated'), ('downloaded', 'Downloaded'), ('job_queued', 'Job Queued'), ('job_cancelled', 'Job Cancelled'), ('job_retried', 'Job Retried'), ('token_created', 'Token Created'), ('token_revoked', 'Token Revoked')], max_length=30),
        ),
        migrations.CreateModel(
            name='ServingToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='Of the program or person that has it.', max_length=63, unique=True)),
                ('sha256', models.CharField(editable=False, max_length=64, unique=True, verbose_name='SHA-256')),
                ('model_names', models.JSONField(default=list, editable=False, help_text='Those that it may ask; empty for all.')),
                ('predict_only', models.BooleanField(default=True, editable=False, help_text='It may not read /metrics.')),
                ('expires_at', models.DateTimeField(editable=False, null=True, verbose_name='end')),
                ('revoked_at', models.DateTimeField(editable=False, null=True, verbose_name='revoked')),
                ('created_by', models.CharField(editable=False, max_length=150)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('name__regex', '^[a-z0-9][a-z0-9._-]{0,62}\\Z')), name='serving_token_name_is_clean', violation_error_message="Use 1 to 63 lowercase letters, digits, '-', '_' and '.', beginning with a letter or digit.")],
            },
        ),
        migrations.RunPython(forwards, backwards),
    ]
