"""A program: visits every page of the site as one process serves it, takes every action, and prints what it imported.

Its arguments are a file with the rows of a catalog, one with the actions as [address, form] pairs, and a CSV to upload.
"""

import json
import sys
from pathlib import Path
from typing import Any

import django

HEAVY = ("sklearn", "pandas", "pyarrow", "joblib", "scipy", "numpy", "skops", "dask")


def pages() -> list[str]:
    """The address of every page of the admin, of the first row of its kind where it is about a row."""
    from django.contrib import admin
    from django.urls import reverse

    admin.autodiscover()
    result = ["/", "/admin/", "/admin/login/", "/admin/password_change/", "/admin/nowhere/"]
    for model, its_admin in admin.site._registry.items():
        row = model._default_manager.first()
        for pattern in its_admin.get_urls():
            is_of_row = bool(pattern.pattern.converters)
            if pattern.name and (row or not is_of_row):
                result.append(reverse(f"admin:{pattern.name}", args=[row.pk] if is_of_row else []))
    return result


def main(rows: str, actions: str, table: str) -> None:
    django.setup()
    from django.contrib.auth.models import Group, User
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.core.management import call_command
    from django.test import Client

    from catalog.admin.uploads.held_files import SESSION_KEY

    call_command("loaddata", rows, verbosity=0)
    user = User.objects.create_user("grace", is_staff=True)
    user.groups.set([Group.objects.get(name="Curators")])
    client, seen = Client(SERVER_NAME="localhost"), {}
    client.force_login(user)

    def keep(method: str, address: str, response: Any) -> None:
        body = b"".join(response.streaming_content) if response.streaming else response.content
        seen[f"{method} {address}"] = [response.status_code, body.count(b"errorlist") + body.count(b"errornote")]

    for page in pages():
        keep("GET", page, client.get(page))
    chosen = "&".join(f"v={number}" for number in (1, 2))
    keep("GET", "compare", client.get(f"/admin/catalog/modelversion/compare/?{chosen}"))
    for address, form in json.loads(Path(actions).read_text()):
        keep("POST", address, client.post(address, form))
    file = SimpleUploadedFile("birds.csv", Path(table).read_bytes())
    keep("POST", "preview", client.post("/admin/catalog/dataset/upload/", {"name": "birds", "file": file}))
    held = {"name": "birds", "held": client.session[SESSION_KEY], "add": "Add it"}
    keep("POST", "upload", client.post("/admin/catalog/dataset/upload/", held))
    sys.stdout.write(json.dumps({"seen": seen, "heavy": [name for name in HEAVY if name in sys.modules]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
