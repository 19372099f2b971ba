"""Who may come in: users added, kept out and let in; first passwords and tokens shown once."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from support.town import BUILDER, JINNAN, NANKAI, Town

from liankong.actions import organisations
from liankong.store.access import node_scope
from liankong.store.models import ApiToken, User
from liankong.vocabulary.kinds import Role

pytestmark = pytest.mark.django_db


def secret(page: str) -> str:
    found = re.search(r"data-secret>([^<]+)<", page)
    assert found is not None
    return found[1]


def test_only_administrators_manage_users(client_of: Callable[[Role], Client], town: Town) -> None:
    assert client_of(Role.COMMANDER).get("/users").status_code == 403
    assert client_of(Role.COMMANDER).post(f"/users/{town[Role.AUDITOR].user}/password").status_code == 403


def test_a_new_users_password_is_shown_once_and_must_be_changed(
    client_of: Callable[[Role], Client], town: Town
) -> None:
    client = client_of(Role.ADMINISTRATOR)
    answer = client.post(
        "/users/new", {"username": "zhang.w", "name": "值班乙", "division": JINNAN, "language": "zh-hans"}
    )
    password = secret(answer.content.decode())
    assert "no-store" in answer.headers["Cache-Control"]
    with node_scope():
        made = User.objects.get(username="zhang.w")
        assert made.check_password(password) and made.must_change_password
    assert password not in client.get(f"/users/{made.pk}").content.decode()
    taken = client.post(
        "/users/new", {"username": "zhang.w", "name": "x", "division": JINNAN, "language": "en"}
    )
    assert taken.status_code == 422 and 'id="id_username_error"' in taken.content.decode()
    outside = client.post("/users/new", {"username": "li", "name": "x", "division": NANKAI, "language": "en"})
    assert 'id="id_division_error"' in outside.content.decode()


def test_a_user_is_kept_out_and_let_in_again_and_nobody_locks_themselves_out(
    client_of: Callable[[Role], Client], town: Town
) -> None:
    client = client_of(Role.ADMINISTRATOR)
    other, own = town[Role.CLINICIAN].user, town[Role.ADMINISTRATOR].user
    client.post(f"/users/{other}/active", {"active": "no"})
    with node_scope():
        assert not User.objects.get(pk=other).is_active
    client.post(f"/users/{other}/active", {"active": "yes"})
    client.post(f"/users/{own}/active", {"active": "no"})
    with node_scope():
        assert User.objects.get(pk=other).is_active and User.objects.get(pk=own).is_active
    first = secret(client.post(f"/users/{other}/password").content.decode())
    with node_scope():
        assert User.objects.get(pk=other).check_password(first)


def test_the_list_of_users_is_searched_and_paged_in_a_constant_number_of_queries(
    client_of: Callable[[Role], Client], town: Town, at: datetime
) -> None:
    client = client_of(Role.ADMINISTRATOR)
    client.get("/users")
    with CaptureQueriesContext(connection) as few:
        client.get("/users")
    with node_scope():
        for number in range(80):
            organisations.create_user(
                username=f"u{number:03d}", name="", division=JINNAN, password=None, by=BUILDER, at=at
            )
    with CaptureQueriesContext(connection) as many:
        page = client.get("/users").content.decode()
    assert len(many) == len(few)
    assert page.count('class="lk-row-link"') == 50
    assert client.get("/users", {"q": "u07"}).content.decode().count('class="lk-row-link"') == 10
    assert "No user answers this" in client.get("/users", {"q": "nobody"}).content.decode()


def test_a_token_is_made_with_some_of_ones_rights_shown_once_and_revoked(
    client_of: Callable[[Role], Client], town: Town
) -> None:
    client = client_of(Role.DUTY_OFFICER)
    form = client.get("/users/tokens").content.decode()
    assert "report cases" in form and "sign bulletins" not in form
    refused = client.post("/users/tokens", {"name": "exporter", "days": "30", "scopes": ["bulletins.sign"]})
    assert refused.status_code == 422
    made = client.post("/users/tokens", {"name": "exporter", "days": "30", "scopes": ["look"]})
    text = secret(made.content.decode())
    assert text.startswith("lk_")
    assert text not in client.get("/users/tokens").content.decode()
    with node_scope():
        token = ApiToken.objects.get()
    assert client_of(Role.CLINICIAN).post(f"/users/tokens/{token.pk}/revoke").status_code == 403
    client.post(f"/users/tokens/{token.pk}/revoke")
    with node_scope():
        assert ApiToken.objects.get().revoked_at is not None


def test_protocols_show_every_number_with_its_instrument_and_grade(
    client_of: Callable[[Role], Client],
) -> None:
    client = client_of(Role.DUTY_OFFICER)
    listed = client.get("/protocols").content.decode()
    assert "CN-COV-v9" in listed
    page = client.get("/protocols/CN-COV-v8").content.decode()
    assert "clocks.report" in page and "2 h" in page and ">S1<" in page
    retired = client.get("/protocols/CN-COV-BB").content.decode()
    assert "Retired concepts" in retired
    assert client.get("/protocols/none-such").status_code == 404
