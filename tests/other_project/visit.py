"""Visits all pages of the catalog in the stock admin, as a superuser, and prints what did not answer 200."""

import os
import sys

import django
from django.apps import apps
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "other_site.settings")
django.setup()  # before which no model can be imported

from django.contrib import admin  # noqa: E402

user = get_user_model().objects.create_superuser("ada", password="of-the-tests-alone")
client = Client()
client.force_login(user)
visited = 0
addresses = ["/admin/", "/catalog/models/iris/1/", "/catalog/models/iris/"]
for model in apps.get_app_config("catalog").get_models():
    if admin.site.is_registered(model):
        addresses.append(reverse(f"admin:catalog_{model._meta.model_name}_changelist"))
        row = model._default_manager.first()
        if row is not None:
            addresses.append(reverse(f"admin:catalog_{model._meta.model_name}_change", args=[row.pk]))
for address in addresses:
    answer = client.get(address, follow=True)
    visited += 1
    if answer.status_code != 200:
        sys.stdout.write(f"{address} {answer.status_code}\n")
sys.stdout.write(f"visited {visited}\n")
