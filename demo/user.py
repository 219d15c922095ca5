"""A user for trying the admin on one's own machine, with a generated password that is printed once."""

import os
import sys

import django

NAME = "demo"


def main() -> None:
    address = f"http://127.0.0.1:{sys.argv[1]}/admin/"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "s3site.settings")
    django.setup()
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.utils.crypto import get_random_string

    from catalog.services.integrity.left_behind import left_behind

    if text := left_behind():
        print(f"Note: {text}")
    users = get_user_model()
    if not settings.DEBUG or users.objects.exists():
        print(f"Log in at {address} as one of the users that exist.")
        return
    password = get_random_string(16)
    users.objects.create_superuser(NAME, password=password)
    print(f"Log in at {address} as {NAME} with the password {password}")
    print("It is not stored anywhere in clear and not shown again.")


if __name__ == "__main__":
    main()
