"""Django's command line for the model catalog: manage.py in a checkout, `model-catalog` where it is installed."""

import os
import sys

from s3site.process import tune


def main() -> None:
    tune()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "s3site.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        settings.INSTALLED_APPS  # noqa: B018 - a wrong setting is one line here, not a traceback
    except ImproperlyConfigured as error:
        sys.exit(f"Error: {error}")
    execute_from_command_line(sys.argv)
