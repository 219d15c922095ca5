"""The site as it runs for others, except that it speaks HTTP; everything it writes lies in one folder."""

import os
from pathlib import Path

from s3site.settings import *  # noqa: F403 - settings are taken over so
from s3site.settings import AWS_BUCKET_NAME, AWS_FOLDER, STORAGES

FOLDER = Path(os.environ["CATALOG_TEST_FOLDER"])
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
SECURE_HSTS_SECONDS = 0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_ROOT = FOLDER / "static"
WHITENOISE_USE_FINDERS = True
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
if not AWS_BUCKET_NAME:
    STORAGES["default"]["OPTIONS"] = {"location": FOLDER / "objects" / AWS_FOLDER}
