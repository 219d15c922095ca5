import os

from django.core.wsgi import get_wsgi_application

from s3site.process import tune

tune()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "s3site.settings")
application = get_wsgi_application()
