"""The groups that migrations make, back after a test that commits: such a test ends in emptied tables."""

from collections import defaultdict
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db.models.signals import post_migrate

granted: dict[str, list[tuple[str, str]]] = {}


def remember_groups() -> None:
    """Keep what the migrations granted, and grant it again whenever Django has emptied the tables."""
    for group in Group.objects.all():
        granted[group.name] = list(group.permissions.values_list("content_type__app_label", "codename"))
    *_, last = (config for config in apps.get_app_configs() if config.models_module)  # of others no signal is sent
    post_migrate.connect(_restore_groups, sender=last, dispatch_uid="groups of the migrations")


def _restore_groups(**kwargs: Any) -> None:
    """Called once the last application has its permissions again."""
    keys: dict[tuple[str, str], list[int]] = defaultdict(list)
    for app_label, codename, key in Permission.objects.values_list("content_type__app_label", "codename", "pk"):
        keys[app_label, codename].append(key)
    for name, permissions in granted.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.add(*(key for permission in permissions for key in keys[permission]))
