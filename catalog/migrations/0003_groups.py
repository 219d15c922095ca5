"""The groups Viewers, Trainers and Curators with their permissions."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

MODELS = ("alias", "auditevent", "dataset", "datasetversion", "modelversion", "prediction", "registeredmodel")
VIEW = [f"view_{model}" for model in MODELS]
TRAIN = [*VIEW, "add_datasetversion", "annotate_modelversion", "change_alias", "download_modelversion"]
CURATE = [*TRAIN, "promote_modelversion", "archive_modelversion", "delete_modelversion"]
GROUPS = {"Viewers": VIEW, "Trainers": TRAIN, "Curators": CURATE}


def forwards(apps, schema_editor):
    # Permissions are made after all migrations have run; these groups need them now.
    config = installed.get_app_config("catalog")
    models_module, config.models_module = config.models_module, True
    create_permissions(config, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    config.models_module = models_module
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="catalog")
    for name, codenames in GROUPS.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        group.permissions.add(*permissions.filter(codename__in=codenames))


def backwards(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_audit_events_never_change"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(forwards, backwards)]
