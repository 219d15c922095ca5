"""The site's settings with none of this machine's environment or `.env` in them."""

import os
from pathlib import Path

# Several processes with several threads each on few cores spend their time waiting for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("LOKY_MAX_CPU_COUNT", "1")  # LightGBM goes by this one

# An empty variable is as good as none, and keeps `.env` from filling it in.
for _line in (Path(__file__).parent.parent / ".env.example").read_text().splitlines():
    if _line and not _line.startswith("#"):
        os.environ[_line.partition("=")[0]] = ""

from s3site.settings import *  # noqa: E402, F403

if os.environ.get("CATALOG_TEST_DATABASE") == "postgresql":
    # tests/servers/database.py starts it and fills in where its socket is.
    DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "catalog", "USER": "catalog"}}
DEBUG = False
# What a busy machine does not reach is no matter of the tests.
CATALOG["IMPORTANCE_SECONDS"] = 10  # noqa: F405 - of the settings above
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
