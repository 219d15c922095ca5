"""Imported by schedulers and workers before anything else (`--preload`): sets up Django as manage.py does."""

import os

import django

from s3site.process import tune

tune()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "s3site.settings")
django.setup()
