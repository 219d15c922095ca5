"""The site's settings with none of this machine's environment or `.env` in them."""

import os

KEPT = {"DJANGO_SETTINGS_MODULE", "CATALOG_SOAK"}
for _name in list(os.environ):
    if _name.startswith(("AWS_", "CATALOG_", "DJANGO_")) and _name not in KEPT:
        del os.environ[_name]
# An empty variable is as good as none, and keeps `.env` from filling it in.
for _name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_BUCKET_NAME", "AWS_LOCATION"):
    os.environ[_name] = ""
for _name in ("AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "DATABASE_URL", "CATALOG_CACHE_DIR", "CATALOG_CACHE_BYTES"):
    os.environ[_name] = ""
for _name in ("DJANGO_SECRET_KEY", "DJANGO_DEBUG", "DJANGO_ALLOWED_HOSTS", "CATALOG_PROTECTED_ALIASES"):
    os.environ[_name] = ""

from s3site.settings import *  # noqa: E402, F403

DEBUG = False
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
