"""Coming in: password, lockout, second factor, recovery codes, and what a stranger sees."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from liankong.store.access import node_scope
from liankong.store.models import Entry, User
from liankong.vocabulary.kinds import Role

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from support.town import Town

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough password"


@pytest.fixture
def officer(town: "Town") -> User:
    with node_scope():
        user = User.objects.get(pk=town[Role.DUTY_OFFICER].user)
        user.set_password(PASSWORD)
        user.language = "en"
        user.save()
    return user


def enter(client: Client, username: str, password: str = PASSWORD, **more: str) -> Any:
    client.cookies["liankong-language"] = "en"
    return client.post("/sign-in", {"username": username, "password": password, **more})


def code_of(device: TOTPDevice, drift: int = 0) -> str:
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift + drift)
    return f"{totp.token():06d}"


def test_a_stranger_is_sent_to_sign_in_and_comes_back_to_the_page_asked_for(officer: User) -> None:
    client = Client()
    sent = client.get("/cases?class=confirmed")
    assert sent["Location"] == "/sign-in?next=/cases%3Fclass%3Dconfirmed"
    entered = enter(client, officer.username, next="/cases?class=confirmed")
    assert entered["Location"] == "/cases?class=confirmed"
    assert client.get("/cases").status_code == 200


def test_a_fragment_asked_for_after_the_session_ended_sends_the_whole_page_to_sign_in(db: None) -> None:
    answer = Client().get("/home/orders", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/sign-in")


def test_an_address_of_another_site_is_not_followed(officer: User) -> None:
    assert enter(Client(), officer.username, next="https://elsewhere.example/")["Location"] == "/"


@pytest.mark.parametrize("second", [False, True])
def test_a_language_chosen_on_the_sign_in_page_becomes_the_readers_own(officer: User, second: bool) -> None:
    client = Client()
    client.get("/sign-in")
    client.post("/preferences", {"language": "zh-hans", "next": "/sign-in"})
    client.post("/preferences", {"theme": "dark", "next": "/sign-in"})
    with node_scope():
        device = TOTPDevice.objects.create(user=officer, name="phone", confirmed=True) if second else None
    answer = client.post("/sign-in", {"username": officer.username, "password": PASSWORD})
    if device is not None:
        answer = client.post("/sign-in/second-factor", {"token": code_of(device)})
    assert answer["Location"] == "/"
    assert client.cookies["liankong-language"].value == "zh-hans"
    with node_scope():
        officer.refresh_from_db()
    assert (officer.language, officer.theme) == ("zh-hans", "dark")
    assert '<html lang="zh' in client.get("/").text


def test_a_language_that_nobody_chose_gives_way_to_the_readers_own(officer: User) -> None:
    client = Client()
    client.cookies["liankong-language"] = "zh-hans"
    client.post("/sign-in", {"username": officer.username, "password": PASSWORD})
    assert client.cookies["liankong-language"].value == "en"


def test_what_one_reader_chose_is_not_left_to_the_next(officer: User) -> None:
    client = Client()
    client.post("/preferences", {"language": "zh-hans", "next": "/sign-in"})
    client.post("/sign-in", {"username": officer.username, "password": PASSWORD})
    with node_scope():
        User.objects.filter(pk=officer.pk).update(language="en")
    client.post("/sign-out")
    client.post("/sign-in", {"username": officer.username, "password": PASSWORD})
    assert client.cookies["liankong-language"].value == "en"


def test_a_sign_in_is_a_fact_of_the_log(officer: User) -> None:
    enter(Client(), officer.username)
    with node_scope():
        assert Entry.objects.filter(kind="SignedIn", subject=officer.pk).count() == 1


def test_a_wrong_password_says_so_without_saying_which_part_was_wrong(officer: User) -> None:
    known = enter(Client(), officer.username, "wrong")
    unknown = enter(Client(), "nobody-of-that-name", "wrong")
    assert known.status_code == unknown.status_code == 422
    for answer in (known, unknown):
        assert "User name or password is wrong." in answer.text


def test_after_five_failures_the_account_is_locked_even_for_the_right_password(officer: User) -> None:
    client = Client()
    for _attempt in range(5):
        last = enter(client, officer.username, "wrong")
    assert last.status_code == 429
    assert "try again in 15 minutes" in last.text
    assert enter(Client(), officer.username).status_code == 429


def test_somebody_without_a_post_sees_nothing_but_the_way_out(town: "Town", at: datetime) -> None:
    with node_scope():
        user = User.objects.create_user("unseated", PASSWORD, division="120112", language="en")
    client = Client()
    enter(client, user.username)
    answer = client.get("/cases")
    assert answer.status_code == 403
    assert "You hold no post at this hour" in answer.text


def test_a_password_set_by_another_must_be_changed_first(officer: User) -> None:
    with node_scope():
        User.objects.filter(pk=officer.pk).update(must_change_password=True)
    client = Client()
    enter(client, officer.username)
    assert client.get("/cases")["Location"] == "/account/password"
    new = "another long password"
    changed = client.post("/account/password", {"old": PASSWORD, "new": new, "again": new})
    assert changed["Location"] == "/account"
    assert client.get("/cases").status_code == 200


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"old": "wrong", "new": "another long password", "again": "another long password"},
            "not your present",
        ),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "too short"),
        ({"old": PASSWORD, "new": "another long password", "again": "yet another one"}, "differ"),
    ],
)
def test_a_new_password_is_refused_with_its_reason(officer: User, fields: dict[str, str], said: str) -> None:
    client = Client()
    enter(client, officer.username)
    answer = client.post("/account/password", fields)
    assert answer.status_code == 422
    assert said in answer.text


def test_a_second_factor_is_asked_for_once_it_is_set_up(officer: User) -> None:
    client = Client()
    enter(client, officer.username)
    picture = client.get("/account/two-factor")
    assert "picture.svg" in picture.text
    assert client.get("/account/two-factor/picture.svg")["Content-Type"] == "image/svg+xml"
    with node_scope():
        device = TOTPDevice.objects.get(user=officer)
    codes = client.post("/account/two-factor", {"token": code_of(device)})
    assert codes.text.count("<li>") >= 8
    # The secret is not shown again once it is in use.
    assert client.get("/account/two-factor/picture.svg").status_code == 404

    later = Client()
    assert enter(later, officer.username)["Location"] == "/sign-in/second-factor"
    assert later.get("/cases")["Location"].startswith("/sign-in")
    wrong = later.post("/sign-in/second-factor", {"token": "000000"})
    assert wrong.status_code == 422
    with node_scope():
        # The library makes a guesser wait; the story goes on after that wait.
        TOTPDevice.objects.filter(user=officer).update(throttling_failure_count=0, last_t=-1)
    right = later.post("/sign-in/second-factor", {"token": code_of(device)})
    assert right["Location"] == "/"
    assert later.get("/cases").status_code == 200


def test_a_recovery_code_opens_the_account_once(officer: User) -> None:
    client = Client()
    enter(client, officer.username)
    client.get("/account/two-factor")
    with node_scope():
        device = TOTPDevice.objects.get(user=officer)
    shown = client.post("/account/two-factor", {"token": code_of(device)})
    code = shown.context["codes"][0]
    for expected in (302, 422):
        later = Client()
        enter(later, officer.username)
        with node_scope():
            TOTPDevice.objects.filter(user=officer).update(throttling_failure_count=0)
        assert later.post("/sign-in/second-factor", {"token": code.upper()}).status_code == expected


def test_the_second_factor_is_removed_only_with_the_password(officer: User) -> None:
    client = Client()
    enter(client, officer.username)
    with node_scope():
        TOTPDevice.objects.create(user=officer, name="totp", confirmed=True)
    assert client.post("/account/two-factor/off", {"password": "wrong", "do": "off"}).status_code == 422
    with node_scope():
        assert TOTPDevice.objects.filter(user=officer).exists()
    client.post("/account/two-factor/off", {"password": PASSWORD, "do": "off"})
    with node_scope():
        assert not TOTPDevice.objects.filter(user=officer).exists()


def test_language_and_theme_are_remembered_with_the_user(officer: User) -> None:
    client = Client()
    enter(client, officer.username)
    client.post("/preferences", {"language": "zh-hans", "theme": "dark", "next": "/cases"})
    with node_scope():
        officer.refresh_from_db()
    assert (officer.language, officer.theme) == ("zh-hans", "dark")
    page = client.get("/cases").text
    assert 'lang="zh-CN"' in page
    assert 'data-bs-theme="dark"' in page


@pytest.mark.browser
def test_a_duty_officer_signs_in_with_the_keyboard_alone(page: "Page", live: Any, officer: User) -> None:
    page.goto("/")
    page.keyboard.type(officer.username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live.url}/")
    assert page.locator("h1").count() == 1
    page.goto("about:blank")


@pytest.mark.browser
def test_the_theme_is_switched_from_the_sign_in_page_on(page: "Page", live: Any, town: "Town") -> None:
    page.goto("/sign-in")
    page.locator(".lk-plain-tools summary").nth(1).click()
    page.locator("button[name=theme][value=dark]").click()
    page.wait_for_load_state()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
