"""Who may upload, approve and delete what came with uploaded versions and the trash of datasets.

Approving pickles is given to no group: a person gets it by name.
"""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

GRANTED = {
    "Trainers": ["add_modelversion"],
    "Curators": ["add_modelversion", "approve_modelversion", "delete_datasetversion"],
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
    dependencies = [("catalog", "0005_trust_and_recovery")]
    operations = [migrations.RunPython(forwards, backwards)]
