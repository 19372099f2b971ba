"""The description of the API: complete, unambiguous, readable without a script and without another host."""

import re
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any

from ninja import Schema

from liankong.web import api


def described(client: Any) -> dict[str, Any]:
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def operations(client: Any) -> list[dict[str, Any]]:
    return [
        operation
        for methods in described(client)["paths"].values()
        for method, operation in methods.items()
        if method in {"get", "post", "put", "patch", "delete"}
    ]


def test_every_operation_says_what_it_does_and_how_it_refuses(client: Any, db: None) -> None:
    found = operations(client)
    assert len(found) > 60
    for operation in found:
        assert operation["description"], operation["operationId"]
        assert operation["security"] == [{"Token": []}]
        for status in ("401", "403", "404", "422", "429"):
            assert list(operation["responses"][status]["content"]) == ["application/problem+json"]


def test_names_are_used_once(client: Any, db: None) -> None:
    names = [operation["operationId"] for operation in operations(client)]
    assert len(names) == len(set(names))
    # The description knows a shape by its class's name alone: two of one name would overwrite each other.
    shapes: dict[str, str] = {}
    for stage in api.STAGES:
        module = import_module(f"liankong.web.api.{stage}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Schema):
                assert shapes.setdefault(value.__name__, value.__module__) == value.__module__, value.__name__


def test_a_closed_list_is_what_its_own_operation_means_by_it(client: Any, db: None) -> None:
    """Two lists of one name would overwrite each other in the description, and one of them would be wrong."""
    named: dict[str, tuple[str, list[Any]]] = {}
    folder = Path(import_module("liankong.web.api").__file__ or "").parent
    for path in sorted(folder.glob("*.py")):
        for value in vars(import_module(f"liankong.web.api.{path.stem}")).values():
            if not (isinstance(value, type) and issubclass(value, Schema) and value is not Schema):
                continue
            for name, body in value.model_json_schema().get("$defs", {}).items():
                if "enum" in body:
                    known = named.setdefault(name, (value.__name__, body["enum"]))
                    assert known[1] == body["enum"], (name, known[0], value.__name__)
    assert len(named) > 20


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.scripts = 0
        self.styles = 0
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.scripts += tag == "script" or any(name.startswith("on") for name in values)
        self.styles += tag == "style" or "style" in values
        self.outside += [
            target
            for name in ("src", "href")
            if (target := values.get(name) or "") and re.match(r"(https?:)?//", target)
        ]


def test_the_reference_page_needs_no_script_no_inline_style_and_no_other_host(client: Any, db: None) -> None:
    answer = client.get("/api/v1/docs")
    assert answer.status_code == 200
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    text = answer.content.decode()
    page = Page()
    page.feed(text)
    assert (page.scripts, page.styles, page.outside) == (0, 0, [])
    for operation in operations(client):
        assert f'id="{operation["operationId"]}"' in text


def test_the_description_is_open_before_one_has_a_token_and_holds_no_data(client: Any, db: None) -> None:
    assert client.get("/api/v1/docs").status_code == 200
    assert "session" not in client.get("/api/v1/openapi.json").cookies
