"""What a browser is told, what a log line says, and that the collected static files find each other."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from liankong.config.children import collect_static
from liankong.config.logs import LineFormatter

ROOT = Path(__file__).resolve().parents[2]


def test_scripts_and_styles_come_from_us_alone() -> None:
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    values = {value for values in policy.values() for value in values}

    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert not values & {"'unsafe-inline'", "'unsafe-eval'", "*", "https:", "http:"}


def ask_settings(expression: str, tmp_path: Path, **environment: str) -> str:
    asked = subprocess.run(
        [sys.executable, "-c", f"import liankong.config.settings as s; print(({expression}))"],
        env={"PATH": os.environ["PATH"], "LIANKONG_DATA": str(tmp_path), **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return asked.stdout.strip()


def test_over_https_cookies_and_transport_are_locked(tmp_path: Path) -> None:
    expression = "s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_NAME, s.SECURE_HSTS_SECONDS > 0, s.DEBUG"

    assert (
        ask_settings(expression, tmp_path, LIANKONG_HTTPS="1")
        == "(True, True, '__Host-liankong', True, False)"
    )
    assert ask_settings(expression, tmp_path) == "(False, False, 'liankong', False, False)"


def test_a_node_answers_to_its_own_names_only(tmp_path: Path) -> None:
    assert ask_settings("s.ALLOWED_HOSTS", tmp_path) == "['localhost', '127.0.0.1', '[::1]']"
    assert "'hq.example'" in ask_settings("s.ALLOWED_HOSTS", tmp_path, LIANKONG_HOSTS="hq.example, x.example")


def test_only_the_web_keeps_a_pool(tmp_path: Path) -> None:
    expression = (
        "s.DATABASES['default']['USER'], s.DATABASES['default']['OPTIONS'].get('pool', {}).get('max_size')"
    )

    assert ask_settings(expression, tmp_path, LIANKONG_PROCESS="web") == "('liankong_app', 16)"
    assert ask_settings(expression, tmp_path, LIANKONG_DB_ROLE="owner") == "('liankong_owner', None)"


@pytest.mark.slow
def test_static_files_are_hashed_and_every_reference_resolves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.contrib.staticfiles import storage

    target = tmp_path / "static"
    monkeypatch.setattr(settings, "STATIC_ROOT", target)
    monkeypatch.setitem(settings.STORAGES, "staticfiles", {"BACKEND": "liankong.config.staticfiles.Storage"})
    from django.core.files.storage import storages

    monkeypatch.setattr(storages, "_storages", {})
    monkeypatch.setattr(storages, "_backends", None)
    monkeypatch.setattr(
        storage.staticfiles_storage, "_wrapped", storages.create_storage(settings.STORAGES["staticfiles"])
    )

    assert collect_static(target) is True
    assert collect_static(target) is False
    assert (target / "staticfiles.json").exists()


def record(message: str, *values: object, **fields: object) -> str:
    made = logging.LogRecord("liankong.x", logging.INFO, "x.py", 1, message, values, None)
    vars(made).update(fields)
    return LineFormatter().format(made)


def test_a_log_line_holds_the_fields_it_was_given() -> None:
    line = record("case opened", case=17, protocol="cn-cov/v8", why="pool recalled")

    assert line.endswith('INFO liankong.x case opened case=17 protocol=cn-cov/v8 why="pool recalled"')


def test_a_message_cannot_forge_a_second_line() -> None:
    assert "\n" not in record(
        "search for %s", "x\n2022-01-08T00:00:00Z INFO liankong.x all clear", note="a\r\nb"
    )


@pytest.mark.parametrize("field", ["request", "password", "id_number", "phone", "params", "sql"])
def test_personal_fields_are_not_written(field: str) -> None:
    assert "13800138000" not in record("read", **{field: "13800138000"})


def test_static_files_are_answered_whole_and_checked_by_their_mark(client: Client) -> None:
    first = client.get("/static/vendor/vendor.lock.json")
    headers = {
        "If-None-Match": first.headers.get("ETag", ""),
        "If-Modified-Since": first.headers["Last-Modified"],
    }

    again = client.get("/static/vendor/vendor.lock.json", headers=headers)
    part = client.get("/static/vendor/vendor.lock.json", headers={"Range": "bytes=0-9"})

    assert (first.status_code, first.streaming) == (200, False)
    assert int(first.headers["Content-Length"]) == len(first.content) > 1000
    assert (again.status_code, again.content) == (304, b"")
    assert (part.status_code, part.content) == (206, first.content[:10])
