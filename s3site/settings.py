"""All settings. The only module that reads the environment and `.env`; `.env.example` explains each variable."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from dotenv import find_dotenv, load_dotenv

from s3site.bucket_origins import download_origins
from s3site.databases import database
from s3site.environment import AWS_ALIASES, Environment

BASE_DIR = Path(__file__).resolve().parent.parent
IS_CHECKOUT = (BASE_DIR / "manage.py").is_file()
# Where the package is installed: `.env` in the current folder or above it, and var/ in the current folder.
HOME_DIR = BASE_DIR if IS_CHECKOUT else Path.cwd()
VAR_DIR = HOME_DIR / "var"

load_dotenv(BASE_DIR / ".env" if IS_CHECKOUT else find_dotenv(usecwd=True))
env = Environment(os.environ, AWS_ALIASES)

DEBUG = env.flag("DJANGO_DEBUG", default=True)
SECRET_KEY = env.text("DJANGO_SECRET_KEY")
if not SECRET_KEY and not DEBUG:
    raise ImproperlyConfigured("DJANGO_SECRET_KEY must be set when DJANGO_DEBUG is off.")
SECRET_KEY = SECRET_KEY or "django-insecure-for-development-on-this-machine-only"
ALLOWED_HOSTS = env.names("DJANGO_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.names("DJANGO_CSRF_TRUSTED_ORIGINS")
if any(not origin.startswith(("https://", "http://")) for origin in CSRF_TRUSTED_ORIGINS):
    raise ImproperlyConfigured("DJANGO_CSRF_TRUSTED_ORIGINS must hold addresses that start with https:// or http://.")

INSTALLED_APPS = [
    # Before the queue's own: its command db_worker is ours, which also looks after abandoned jobs.
    "catalog.apps.CatalogConfig",
    "django_tasks_db",
    "s3site.apps.CatalogAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "s3site.people.apps.PeopleConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # While debugging, runserver serves the static files from where they are written.
    *([] if DEBUG else ["whitenoise.middleware.WhiteNoiseMiddleware"]),
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "s3site.time_zones.use_the_readers_zone",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# Five wrong passwords for one user from one address lock that pair out for a quarter of an hour.
AXES_USERNAME_CALLABLE = "s3site.odd_requests.username_to_throttle"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = AXES_ENABLE_ADMIN = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [(BASE_DIR if IS_CHECKOUT else BASE_DIR / "s3site") / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "s3site.urls"
WSGI_APPLICATION = "s3site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LANGUAGE_CODE = "en-us"
TIME_ZONE = env.time_zone("CATALOG_TIME_ZONE", "UTC")
USE_TZ = True
FORMAT_MODULE_PATH = "s3site"
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
LOGIN_URL = "admin:login"

DEFAULT_EXCEPTION_REPORTER = "s3site.error_reports.SecretFreeReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "s3site.error_reports.SecretFilter"

# Transport security, in force whenever DEBUG is off.
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else env.integer("DJANGO_HSTS_SECONDS", 3600)
if env.flag("DJANGO_BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Whether HSTS covers subdomains and browsers' preload lists is for the owner of the domain to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]


DATABASES = {"default": database(env.text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'catalog.sqlite3'}"))}

# Object storage. Without a bucket the objects lie in var/objects/.
AWS_BUCKET_NAME = env.matching("AWS_BUCKET_NAME", r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}", "the name of a bucket")
AWS_FOLDER = env.matching(
    "AWS_LOCATION",
    r"(?!.*(?:^|/)\.\.?(?:/|$))(?!.*//)[^\\\x00-\x1f]{1,500}",
    "a folder in the bucket such as teams/blue, without . or .. or empty parts",
).strip("/")
S3_OPTIONS = {
    "access_key": env.text("AWS_ACCESS_KEY_ID") or None,
    "secret_key": env.text("AWS_SECRET_ACCESS_KEY") or None,
    "security_token": env.text("AWS_SESSION_TOKEN") or None,
    "region_name": env.matching("AWS_DEFAULT_REGION", r"[a-z0-9-]{2,40}", "a region such as eu-central-1") or None,
    "endpoint_url": env.origin("AWS_ENDPOINT_URL") or None,
}
# Hosts named after the bucket, or paths; by default paths with an endpoint of one's own, and boto3's choice at Amazon.
S3_ADDRESSING_STYLE = env.one_of("AWS_S3_ADDRESSING_STYLE", ["auto", "path", "virtual"])
S3_PARAMETERS = {
    "ServerSideEncryption": env.one_of("AWS_SSE", ["AES256", "aws:kms", "aws:kms:dsse"]),
    "SSEKMSKeyId": env.text("AWS_SSE_KMS_KEY_ID"),
    "RequestPayer": env.one_of("AWS_REQUEST_PAYER", ["requester"]),
}
if S3_PARAMETERS["SSEKMSKeyId"] and not S3_PARAMETERS["ServerSideEncryption"].startswith("aws:kms"):
    raise ImproperlyConfigured("AWS_SSE must be aws:kms or aws:kms:dsse where AWS_SSE_KMS_KEY_ID is set.")
if not env.file("AWS_CA_BUNDLE"):
    os.environ.pop("AWS_CA_BUNDLE", None)  # boto3 reads it, and would take an empty one for a file

for present, absent in (("access_key", "secret_key"), ("secret_key", "access_key")):
    if S3_OPTIONS[present] and not S3_OPTIONS[absent]:
        missing = {"secret_key": "AWS_SECRET_ACCESS_KEY", "access_key": "AWS_ACCESS_KEY_ID"}[absent]
        raise ImproperlyConfigured(f"{missing} must be set too: one of the two AWS keys is there without the other.")
LOCAL_OBJECTS = VAR_DIR / "objects"
STORAGES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "catalog.storage.s3.S3CatalogStorage",
        "OPTIONS": {"bucket_name": AWS_BUCKET_NAME, "location": AWS_FOLDER, **S3_OPTIONS},
    }
    if AWS_BUCKET_NAME
    else {
        "BACKEND": "catalog.storage.local.LocalCatalogStorage",
        "OPTIONS": {"location": LOCAL_OBJECTS / AWS_FOLDER},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# The browser runs and loads nothing but our own files. Downloads are forms that lead to the bucket's address.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'", *download_origins(S3_OPTIONS, AWS_BUCKET_NAME, S3_ADDRESSING_STYLE)],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"

# Uploads go to disk, never into memory.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
REQUIRE_TOTP = env.flag("CATALOG_REQUIRE_TOTP", default=False)
OTP_TOTP_ISSUER = "Model catalog"
# Background work: docs/operations.md says how workers are run.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

# Beyond one machine, through Dask. docs/operations.md says who may reach the scheduler: its port runs code.
DASK_SCHEDULER = env.matching(
    "DASK_SCHEDULER",
    r"(tcp|tls)://[^\s/@]+:\d{1,5}",
    "the scheduler's address, such as tls://scheduler.example.org:8786",
)
DASK_TLS = {
    "ca_file": env.text("DASK_TLS_CA_FILE"),
    "cert": env.text("DASK_TLS_CERT_FILE"),
    "key": env.text("DASK_TLS_KEY_FILE"),
}
if DASK_SCHEDULER.startswith("tls://") and not all(DASK_TLS.values()):
    raise ImproperlyConfigured("DASK_TLS_CA_FILE, DASK_TLS_CERT_FILE and DASK_TLS_KEY_FILE go with tls:// addresses.")

# What each means, and its default: catalog/conf.py.
CATALOG: dict[str, Any] = {
    "CACHE_DIR": Path(env.text("CATALOG_CACHE_DIR", str(VAR_DIR / "cache"))).expanduser(),
    "CACHE_BYTES": env.size("CATALOG_CACHE_BYTES", "10G"),
    "LOCAL_OBJECTS": LOCAL_OBJECTS,
    "CODE_DIR": HOME_DIR,
    "PROTECTED_ALIASES": env.names("CATALOG_PROTECTED_ALIASES", "production"),
    "FOUR_EYES": env.flag("CATALOG_FOUR_EYES", default=False),
    "MANIFEST_KEY": env.matching("CATALOG_MANIFEST_KEY", r".{32,}", "a random text of at least 32 characters"),
    "BUCKET_ONLY": env.flag("CATALOG_BUCKET_ONLY", default=False) and not env.text("DATABASE_URL"),
    "TRUSTED_MANIFEST_KEYS": env.secrets("CATALOG_TRUSTED_MANIFEST_KEYS"),
    "S3_OPTIONS": S3_OPTIONS,
    "S3_ADDRESSING_STYLE": S3_ADDRESSING_STYLE,
    "S3_PARAMETERS": S3_PARAMETERS,
    "S3_TIMEOUT_SECONDS": env.integer("CATALOG_S3_TIMEOUT_SECONDS", 20, minimum=1),
    "UPLOAD_BYTES": env.size("CATALOG_UPLOAD_BYTES", "200M"),
    # Uploaded models: docs/security.md says what is trusted and why.
    "MODEL_BYTES": env.size("CATALOG_MODEL_BYTES", "2G"),
    "TRUSTED_TYPES": env.names("CATALOG_TRUSTED_TYPES"),
    "ALLOW_PICKLE_UPLOADS": env.flag("CATALOG_ALLOW_PICKLE_UPLOADS", default=False),
    "ALLOW_CODE_FROM_VERSIONS": env.flag("CATALOG_ALLOW_CODE_FROM_VERSIONS", default=False),
    "ESTIMATORS": env.names("CATALOG_ESTIMATORS"),
    "IMPORTANCE_SECONDS": env.number("CATALOG_IMPORTANCE_SECONDS", 1.5),
    "JOB_SECONDS": env.integer("CATALOG_JOB_SECONDS", 21_600, minimum=1),
    "JOB_BYTES": env.size("CATALOG_JOB_BYTES", "0"),
    "READ_VARIABLE": env.text,
    "JOB_LEASE_SECONDS": env.integer("CATALOG_JOB_LEASE_SECONDS", 60, minimum=1),
    # Serving: docs/serving.md.
    "SERVING_TOKENS": env.names("CATALOG_SERVING_TOKENS"),
    "SERVING_OPEN": env.flag("CATALOG_SERVING_OPEN", default=False),
    "SERVING_ROWS": env.integer("CATALOG_SERVING_ROWS", 10_000, minimum=1),
    "SERVING_BYTES": env.size("CATALOG_SERVING_BYTES", "10M"),
    "SERVING_SECONDS": env.integer("CATALOG_SERVING_SECONDS", 30, minimum=1),
    "SERVING_QUEUE": env.integer("CATALOG_SERVING_QUEUE", 1_000, minimum=1),
    "SERVING_FOLLOW_SECONDS": env.integer("CATALOG_SERVING_FOLLOW_SECONDS", 10, minimum=1),
    "SERVING_LOG": env.flag("CATALOG_SERVING_LOG", default=False),
    "SERVING_LOG_SECONDS": env.integer("CATALOG_SERVING_LOG_SECONDS", 300, minimum=1),
    "SERVING_LOG_ROWS": env.integer("CATALOG_SERVING_LOG_ROWS", 100_000, minimum=1),
    "DASK_SCHEDULER": DASK_SCHEDULER,
    "DASK_TLS": DASK_TLS,
    "DASK_WAIT_SECONDS": env.number("DASK_WAIT_SECONDS", 60),
}
