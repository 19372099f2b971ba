"""An address that leads nowhere, a right that is missing, a fault of ours: each has a page that says what to do."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.utils import translation
from django.utils.translation import gettext
from django.views.defaults import bad_request, server_error

from liankong.vocabulary.facts import KINDS
from liankong.vocabulary.kinds import Role
from liankong.web import overview
from liankong.web.labels import LABELS


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_whoever_is_signed_in_is_refused_inside_the_console(
    client_of: Callable[..., Client], language: str
) -> None:
    client = client_of(Role.COMMANDER, language)
    for address, status, words in (
        ("/nowhere", 404, "Nothing here"),
        ("/users", 403, "Not permitted"),
    ):
        answer = client.get(address)
        text = answer.content.decode()
        assert answer.status_code == status
        with translation.override(language):
            said = gettext(words)
        assert (said == words) is (language == "en")
        assert said in text and 'class="lk-nav"' in text and text.count("<h1") == 1


@pytest.mark.django_db
def test_a_stranger_at_an_address_of_programs_gets_a_page_without_a_console() -> None:
    answer = Client().get("/api/nowhere")
    text = answer.content.decode()
    assert answer.status_code == 404
    assert "lk-fault" in text and "lk-nav-link" not in text


@pytest.mark.django_db
def test_a_form_from_elsewhere_is_refused_in_words(client_of: Callable[..., Client]) -> None:
    cookie = client_of(Role.COMMANDER).cookies[settings.SESSION_COOKIE_NAME].value
    client = Client(enforce_csrf_checks=True)
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    answer = client.post("/outbreaks/new", {"name": "x"})
    assert answer.status_code == 403
    assert "This form was not taken" in answer.content.decode()


@pytest.mark.django_db
def test_a_fault_of_ours_shows_nothing_of_itself(client_of: Callable[..., Client], monkeypatch: Any) -> None:
    def broken(_division: str) -> None:
        raise OperationalError("secret of the server")

    monkeypatch.setattr(overview, "_feed", broken)
    client = client_of(Role.COMMANDER)
    client.raise_request_exception = False
    answer = client.get("/overview")
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.content.decode() and "secret" not in answer.content.decode()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_of_last_resort_needs_no_database(language: str, settings: Any) -> None:
    # Without the mark for a database any query fails this test.
    request = RequestFactory().get("/")
    with translation.override(language):
        for page in (server_error(request), bad_request(request, ValueError())):
            text = page.content.decode()
            assert "lk-fault" in text and f'lang="{"en" if language == "en" else "zh-CN"}"' in text
            assert ("Something" in text) is (language == "en")


def test_every_fact_has_words() -> None:
    assert set(KINDS) - set(LABELS["fact"]) == set()
