from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """After django.contrib.auth and django-otp, whose pages in the admin it replaces."""

    name = "s3site.people"
