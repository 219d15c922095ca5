"""One-time passwords, from the login page on, as browsers see it: set up, asked for, lost, reset and told of."""

import re
from base64 import b32decode
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import TOTP

from catalog.models import AuditEvent
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from s3site.people.devices import confirm_device

pytestmark = pytest.mark.django_db
LOGIN, HOME, USERS = "/admin/login/", "/admin/", "/admin/auth/user/"
PAGE, CONFIRM, CODES = (f"/admin/one-time-password/{name}" for name in ("", "confirm/", "backup-codes/"))
PASSWORD = "the right one"


@pytest.fixture
def required(settings: Any) -> None:
    settings.REQUIRE_TOTP = True


@pytest.fixture(autouse=True)
def ada() -> User:
    return User.objects.create_user("ada", password=PASSWORD, is_staff=True)


@pytest.fixture
def root() -> Client:
    """A superuser's browser, whose owner has given a one-time password."""
    User.objects.create_superuser("root", password=PASSWORD)
    client = Client()
    log_in(client, "root")
    set_up(client)
    return client


def log_in(client: Client, name: str = "ada", code: str = "") -> Any:
    return client.post(LOGIN, {"username": name, "password": PASSWORD, "otp_token": code, "next": HOME})


def code_after(key: bytes, steps: int = 0) -> str:
    """What a device with the key shows, so many half minutes from now: each code is good for one time."""
    totp = TOTP(key)
    totp.time = totp.time + 30 * steps
    return f"{totp.token():06d}"


def begin(client: Client) -> bytes:
    """The key that the page shows to somebody who sets up a device."""
    assert client.post(PAGE)["Location"] == CONFIRM
    return b32decode(re.search(r"Key:\s*<code>([A-Z2-7 ]+)</code>", text(client.get(CONFIRM)))[1].replace(" ", ""))


def set_up(client: Client) -> tuple[bytes, list[str]]:
    """The key and the backup codes of a new device."""
    key = begin(client)
    return key, codes_of(client.post(CONFIRM, {"code": code_after(key)}))


def codes_of(answer: Any) -> list[str]:
    return re.findall(r"<code>([a-z2-7]{8})</code>", text(answer))


def text(answer: Any) -> str:
    """The page's, with one space for each stretch of them."""
    return " ".join(answer.content.decode().split())


def is_in(client: Client) -> bool:
    return client.get(HOME).status_code == 200


def reset(client: Client, *people: str, **more: str) -> Any:
    chosen = [User.objects.get(username=name).pk for name in people]
    return client.post(USERS, {"action": "reset_one_time_passwords", "_selected_action": chosen, **more})


@pytest.mark.usefixtures("required")
def test_the_first_login_leads_to_setting_up_a_device_and_nowhere_else(client: Client) -> None:
    assert log_in(client)["Location"] == HOME
    assert client.get(HOME, follow=True).redirect_chain[-1] == (PAGE, 302)
    assert client.get("/models/late/", follow=True).redirect_chain[-1] == (PAGE, 302)
    set_up(client)
    assert is_in(client)


@pytest.mark.usefixtures("required")
def test_whoever_has_a_device_gets_in_by_its_code_alone(client: Client) -> None:
    log_in(client)
    set_up(client)
    browser = Client()
    assert "Give the one-time password too" in text(log_in(browser))
    assert "That code does not count" in text(log_in(browser, code="000000"))
    assert not is_in(browser)
    assert log_in(Client(), code=code_after(b"x" * 20)).status_code == 200


@pytest.mark.usefixtures("required")
def test_the_next_code_lets_in_and_a_used_one_does_not(client: Client) -> None:
    log_in(client)
    key, _ = set_up(client)
    assert "That code does not count" in text(log_in(Client(), code=code_after(key)))


@pytest.mark.usefixtures("required")
def test_a_later_code_of_the_device_lets_in(client: Client) -> None:
    log_in(client)
    key, _ = set_up(client)
    browser = Client()
    log_in(browser, code=code_after(key, steps=1))
    assert is_in(browser)


@pytest.mark.usefixtures("required")
def test_a_backup_code_lets_in_once_however_it_is_typed(client: Client) -> None:
    log_in(client)
    _, codes = set_up(client)
    assert len(set(codes)) == 10
    browser = Client()
    log_in(browser, code=f" {codes[0][:4].upper()} {codes[0][4:]}")
    assert is_in(browser)
    assert "9 backup codes left" in text(browser.get(PAGE))
    assert log_in(Client(), code=codes[0]).status_code == 200


@pytest.mark.usefixtures("required")
def test_a_device_counts_only_after_a_code_of_it(client: Client) -> None:
    log_in(client)
    begin(client)
    assert "That code does not count" in text(client.post(CONFIRM, {"code": "000000"}))
    assert not is_in(client)
    assert log_in(Client())["Location"] == HOME


@pytest.mark.usefixtures("required")
def test_a_session_without_a_code_replaces_no_device(client: Client) -> None:
    thief = Client()
    log_in(thief)
    log_in(client)
    set_up(client)
    key = begin(client)
    assert thief.get(CONFIRM)["Location"] == PAGE
    for address in (PAGE, CONFIRM, CODES):
        assert codes_of(thief.post(address, {"code": code_after(key)})) == []
    assert confirm_device(user=User.objects.get(username="ada"), code=code_after(key), is_verified=False) is None
    assert not is_in(thief)
    assert is_in(client)


@pytest.mark.usefixtures("required")
def test_another_device_replaces_the_first_and_its_backup_codes(client: Client) -> None:
    log_in(client)
    key, codes = set_up(client)
    set_up(client)
    assert is_in(client)
    assert log_in(Client(), code=code_after(key, steps=1)).status_code == 200
    assert log_in(Client(), code=codes[0]).status_code == 200


def test_new_backup_codes_are_shown_once_and_void_the_old(client: Client, settings: Any) -> None:
    log_in(client)
    _, old = set_up(client)
    new = codes_of(client.post(CODES))
    assert len(new) == 10
    assert codes_of(client.get(PAGE)) == []
    assert client.get(CODES)["Location"] == PAGE
    settings.REQUIRE_TOTP = True
    assert log_in(Client(), code=old[0]).status_code == 200


def test_where_none_is_required_the_login_page_asks_for_none(client: Client, settings: Any) -> None:
    assert "otp_token" not in text(client.get(LOGIN))
    settings.REQUIRE_TOTP = True
    assert "otp_token" in text(client.get(LOGIN))
    settings.REQUIRE_TOTP = False
    assert "otp_token" not in text(client.get(LOGIN))


def test_a_device_set_up_before_can_be_proven_in_a_session_without_a_code(client: Client) -> None:
    log_in(client)
    key, _ = set_up(client)
    browser = Client()
    log_in(browser)
    assert "Give a code of your device" in text(browser.get(PAGE))
    assert browser.post(PAGE, {"code": ""}).status_code == 200
    assert browser.post(PAGE, {"code": code_after(key, steps=1)})["Location"] == PAGE
    assert "10 backup codes left" in text(browser.get(PAGE))
    log_in(other := Client())
    assert "That code does not count" in text(other.post(PAGE, {"code": "000000"}))


def test_the_home_page_leads_there(client: Client) -> None:
    log_in(client)
    assert f'href="{PAGE}"' in text(client.get(HOME))


def test_the_code_is_an_image_without_styles_or_scripts_and_in_no_cache(client: Client) -> None:
    log_in(client)
    client.post(PAGE)
    answer = client.get(CONFIRM)
    image = re.search(r'class="qr-code">(.*?</svg>)', text(answer))[1]
    assert "<path" in image
    assert not re.search(r"style|script|href|on\w+=", image)
    assert "no-store" in answer["Cache-Control"]
    assert "no-store" in client.post(CODES)["Cache-Control"]


@pytest.mark.parametrize("address", [PAGE, CONFIRM, CODES])
@pytest.mark.parametrize("method", ["get", "post"])
def test_strangers_and_people_who_are_no_staff_are_sent_to_the_login(client: Client, address: str, method: str) -> None:
    assert getattr(client, method)(address)["Location"] == f"{LOGIN}?next={address}"
    client.force_login(User.objects.create_user("guest"))
    assert getattr(client, method)(address)["Location"] == f"{LOGIN}?next={address}"


@pytest.mark.parametrize("address", [PAGE, CONFIRM, CODES])
def test_looking_changes_nothing_and_a_post_takes_a_token(address: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.get(username="ada"))
    browser.get(address)
    assert browser.post(address).status_code == 403
    assert browser.get(CONFIRM)["Location"] == PAGE


@pytest.mark.usefixtures("required")
def test_a_superuser_resets_a_device_that_was_lost(client: Client, root: Client) -> None:
    log_in(client)
    _, codes = set_up(client)
    asked = text(reset(root, "ada"))
    assert "<li>ada</li>" in asked
    assert is_in(client)
    done = reset(root, "ada", confirmed="Reset", reason="phone lost")
    assert done.status_code == 302
    assert "Reset for ada" in text(root.get(USERS))
    assert not is_in(client)
    log_in(browser := Client())
    assert browser.get(HOME, follow=True).redirect_chain[-1] == (PAGE, 302)
    assert log_in(Client(), code=codes[0])["Location"] == HOME  # it is as if there never was one


def test_only_a_superuser_resets(client: Client) -> None:
    ada = User.objects.get(username="ada")
    ada.user_permissions.set([*map(permission, ("view_user", "change_user"))])
    log_in(client)
    set_up(client)
    assert "reset_one_time_passwords" not in text(client.get(USERS))
    reset(client, "ada", confirmed="Reset")
    assert "backup codes left" in text(client.get(PAGE))


def permission(codename: str) -> Any:
    from django.contrib.auth.models import Permission

    return Permission.objects.get(codename=codename)


def test_what_happens_is_told_in_the_history_and_in_the_bucket(
    client: Client, root: Client, django_capture_on_commit_callbacks: Any
) -> None:
    log_in(client)
    with django_capture_on_commit_callbacks(execute=True):
        set_up(client)
        client.post(CODES)
        reset(root, "ada", confirmed="Reset", reason="phone lost")
    events = AuditEvent.objects.filter(to_value="ada").order_by("id")
    assert [(event.actor, event.verb, event.reason) for event in events] == [
        ("ada", "device_set_up", ""),
        ("ada", "backup_codes_made", ""),
        ("root", "devices_reset", "phone lost"),
    ]
    page = root.get(f"/admin/catalog/auditevent/{events[2].pk}/change/")
    assert "phone lost" in text(page)
    assert "Devices reset" in text(root.get("/admin/catalog/auditevent/"))
    own = f"events/users/{User.objects.get(username='ada').pk}/"
    assert [finding for finding in verify_catalog().findings if own in finding.where] == []


def test_the_list_of_users_says_who_has_a_device(root: Client) -> None:
    rows = re.findall(r"<tr>.*?</tr>", text(root.get(USERS)), re.DOTALL)
    has = {name: "icon-yes" in row.rpartition("field-has_one_time_password")[2]
           for name in ("ada", "root") for row in rows if f">{name}</a>" in row}  # fmt: skip
    assert has == {"ada": False, "root": True}


@pytest.mark.parametrize("kind", ["otp_totp/totpdevice", "otp_static/staticdevice"])
def test_no_page_shows_the_keys_of_others(root: Client, kind: str) -> None:
    assert root.get(f"/admin/{kind}/").status_code == 404
