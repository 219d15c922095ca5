"""Who gets in: throttling, one-time passwords and the headers that every page carries."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

pytestmark = pytest.mark.django_db
LOGIN, HOME = "/admin/login/", "/admin/"


@pytest.fixture
def ada() -> User:
    return User.objects.create_superuser("ada", password="the right one")


def log_in(client: Client, password: str, **more: str) -> Any:
    return client.post(LOGIN, {"username": "ada", "password": password, "next": HOME, **more})


def one_time_password(device: TOTPDevice) -> str:
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    return f"{totp.token():06d}"


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


def test_without_a_one_time_password_nobody_gets_in_where_it_is_required(
    client: Client, ada: User, settings: Any
) -> None:
    settings.REQUIRE_TOTP = True
    TOTPDevice.objects.create(user=ada, name="phone")
    assert log_in(client, "the right one").status_code == 200
    client.force_login(ada)
    assert client.get(HOME).headers["Location"].startswith(LOGIN)


def test_a_one_time_password_leads_home_where_it_is_required(client: Client, ada: User, settings: Any) -> None:
    settings.REQUIRE_TOTP = True
    device = TOTPDevice.objects.create(user=ada, name="phone")
    answer = log_in(client, "the right one", otp_token=one_time_password(device), otp_device=device.persistent_id)
    assert answer.headers["Location"] == HOME
    assert client.get(HOME).status_code == 200


def test_the_login_page_asks_for_a_token_only_where_one_is_required(client: Client, settings: Any) -> None:
    assert b"otp_token" not in client.get(LOGIN).content
    settings.REQUIRE_TOTP = True
    assert b"otp_token" in client.get(LOGIN).content
    settings.REQUIRE_TOTP = False
    assert b"otp_token" not in client.get(LOGIN).content


@pytest.mark.parametrize("address", [LOGIN, HOME])
def test_every_page_carries_the_strict_policy(client: Client, address: str) -> None:
    policy = client.get(address).headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
