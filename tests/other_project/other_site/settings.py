"""A Django project of somebody else, with the stock admin, which has the catalog among its apps."""

from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
DEBUG = False
SECRET_KEY = "of-the-other-project-and-for-its-tests-alone"
ALLOWED_HOSTS = ["testserver"]
ROOT_URLCONF = "other_site.urls"
USE_TZ = True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": HOME / "other.sqlite3"}}
STATIC_URL = "static/"
INSTALLED_APPS = [
    "catalog",
    "django_tasks_db",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
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
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
STORAGES = {
    "default": {
        "BACKEND": "catalog.storage.local.LocalCatalogStorage",
        "OPTIONS": {"location": HOME / "objects"},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CATALOG = {"CACHE_DIR": HOME / "cache", "PROTECTED_ALIASES": ["production", "champion"]}
