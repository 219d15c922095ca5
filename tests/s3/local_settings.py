"""The site's settings with objects below the folder that LOCAL_OBJECTS names, for machines that have no bucket."""

import os

from s3site.settings import *  # noqa: F403 - settings are taken over so

STORAGES = {
    "default": {
        "BACKEND": "catalog.storage.local.LocalCatalogStorage",
        "OPTIONS": {"location": os.environ["LOCAL_OBJECTS"]},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
