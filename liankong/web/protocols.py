"""Which numbers bind us, who issued each of them, and how sure are we?"""

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from liankong import protocols as library
from liankong.protocols import Citation, Protocol
from liankong.protocols.leaves import Sourced
from liankong.vocabulary.spans import local_day
from liankong.web.context import sight
from liankong.web.protocols_words import told

# The parts of a file that are not values with a source.
SKIPPED = {"example", "instruments", "schema", "retired", "classes"}


@require_GET
def protocols(request: HttpRequest) -> HttpResponse:
    seen = sight(request)
    today = local_day(seen.at)
    rows = [
        {"protocol": one, "now": one.holds(today, seen.division or None), "names": _names(one)}
        for one in library.available()
    ]
    return render(request, "protocols/protocols.html", {"rows": rows})


@require_GET
def protocol(request: HttpRequest, protocol: str) -> HttpResponse:
    try:
        row = library.load(protocol)
    except library.UnknownProtocolError as error:
        raise Http404 from error
    context = {
        "protocol": row,
        "names": _names(row),
        "summary": _(row.document.summary) if row.document.summary else "",
        "now": row.holds(local_day(sight(request).at), sight(request).division or None),
        "sections": sections(row),
        "retired": [
            (concept, told(row, f"retired.{concept}", leaf)[0])
            for concept, leaf in row.document.retired.items()
        ],
        "classes": [
            (person_class, *reversed(told(row, f"classes.{person_class}", leaf)))
            for person_class, leaf in row.document.classes.items()
        ],
        "examples": [
            {"name": _(one.name), "rule": one.rule, "given": _plain(one.given), "then": _plain(one.then)}
            for one in row.examples
        ],
    }
    return render(request, "protocols/protocol.html", context)


def _names(row: Protocol) -> tuple[str, str]:
    """Its name in the reader's language, then in the other."""
    return (row.english, row.name) if get_language() == "en" else (row.name, row.english)


def sections(row: Protocol) -> list[tuple[str, list[tuple[Citation, str]]]]:
    """Every sourced value of a protocol by section, with what it says in the reader's language."""
    found: list[tuple[str, list[tuple[Citation, str]]]] = []
    for part in fields(row.document):
        if part.name in SKIPPED:
            continue
        leaves = [
            told(row, where, leaf) for where, leaf in _leaves(part.name, getattr(row.document, part.name))
        ]
        if leaves:
            found.append((_section_name(part.name), leaves))
    return found


def _leaves(where: str, value: Any) -> Iterator[tuple[str, Sourced]]:
    """All sourced values below a table, each with its dotted path; a sourced table may hold further ones."""
    if isinstance(value, Sourced):
        yield where, value
    if is_dataclass(value) and not isinstance(value, type):
        for part in fields(value):
            yield from _leaves(f"{where}.{part.name}", getattr(value, part.name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(f"{where}.{key}", item)
    elif isinstance(value, tuple):
        for at, item in enumerate(value):
            yield from _leaves(f"{where}[{at}]", item)


def _section_name(name: str) -> str:
    words = {
        "in_force": _("In force"),
        "incubation": _("Incubation"),
        "clocks": _("Time limits"),
        "contact": _("Close contacts"),
        "isolation": _("Isolation and monitoring"),
        "zones": _("Zones"),
        "testing": _("Testing"),
        "laboratory": _("Laboratory"),
        "cases": _("Classification of cases"),
        "clusters": _("Clusters"),
    }
    return words.get(name, name)


def _plain(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)


urlpatterns = [
    path("protocols", protocols, name="protocols"),
    path("protocols/<str:protocol>", protocol, name="protocol"),
]
