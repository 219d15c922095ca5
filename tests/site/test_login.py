"""Who gets in by password: throttling, and the headers that every page carries."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

pytestmark = pytest.mark.django_db
LOGIN, HOME = "/admin/login/", "/admin/"


@pytest.fixture
def ada() -> User:
    return User.objects.create_superuser("ada", password="the right one")


def log_in(client: Client, password: str, **more: str) -> Any:
    return client.post(LOGIN, {"username": "ada", "password": password, "next": HOME, **more})


def test_the_right_password_leads_home(client: Client, ada: User) -> None:
    assert log_in(client, "the right one").headers["Location"] == HOME


def test_five_wrong_passwords_lock_out_the_right_one(client: Client, ada: User) -> None:
    for _ in range(5):
        log_in(client, "a wrong one")
    assert log_in(client, "the right one").status_code == 429
    assert client.get(HOME).status_code == 302


def test_four_wrong_passwords_lock_out_nobody(client: Client, ada: User) -> None:
    for _ in range(4):
        assert log_in(client, "a wrong one").status_code == 200
    assert log_in(client, "the right one").status_code == 302


def test_a_lock_is_for_one_user_and_leaves_others_in(client: Client, ada: User) -> None:
    User.objects.create_superuser("grace", password="hers")
    for _ in range(6):
        log_in(client, "a wrong one")
    assert client.post(LOGIN, {"username": "grace", "password": "hers", "next": HOME}).status_code == 302


@pytest.mark.parametrize("address", [LOGIN, HOME])
def test_every_page_carries_the_strict_policy(client: Client, address: str) -> None:
    policy = client.get(address).headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
