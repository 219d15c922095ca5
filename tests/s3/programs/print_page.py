"""The page of a version, as a superuser sees it: print_page.py /models/NAME/NUMBER/"""

import sys

import django
from django.contrib.auth import get_user_model
from django.test import Client

django.setup()


user, _ = get_user_model().objects.get_or_create(username="ada", is_staff=True, is_superuser=True)
client = Client(headers={"host": "localhost"})
client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
page = client.get(sys.argv[1], follow=True)
sys.stdout.write(page.content.decode())
