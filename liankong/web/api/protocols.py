"""Which protocols are issued, what do they say, and which was in force where?"""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router, Schema

from liankong import protocols
from liankong.protocols import Protocol
from liankong.web.api.door import caller
from liankong.web.api.kit import Day, DivisionOrNode, Short, answers

router = Router(tags=["protocols"])


class ProtocolOut(Schema):
    """An edition. `digest` names this very text."""

    id: str
    name: str
    english: str
    pathogen: str
    divisions: list[str]
    first_day: date
    last_day: date | None
    digest: str


class ProtocolText(ProtocolOut):
    """An edition with the whole text of its file."""

    toml: str


@router.get("/protocols", response=answers(list[ProtocolOut]), operation_id="list_protocols")
def list_protocols(request: HttpRequest) -> object:
    """All issued protocols, by pathogen and first day."""
    caller(request).need()
    return [_shown(one) for one in protocols.available()]


@router.get("/protocols/in-force", response=answers(ProtocolOut), operation_id="get_protocol_in_force")
def get_protocol_in_force(
    request: HttpRequest,
    pathogen: Short,
    on: Day,
    division: DivisionOrNode = "",
) -> object:
    """The protocol that held on a day in a division: a local one before a national one."""
    caller(request).need()
    return _shown(protocols.in_force(pathogen=pathogen, on=on, division=division or None))


@router.get("/protocols/{protocol}", response=answers(ProtocolText), operation_id="get_protocol")
def get_protocol(request: HttpRequest, protocol: Short) -> object:
    """One protocol, with its text: every number with unit, instrument and grade."""
    caller(request).need()
    found = next((one for one in protocols.available() if one.id == protocol), None)
    if found is None:
        raise Http404(f"no protocol is called {protocol}")
    return {**_shown(found), "toml": found.path.read_text("utf-8")}


def _shown(one: Protocol) -> dict[str, Any]:
    span = one.document.in_force
    return {
        "id": one.id,
        "name": one.name,
        "english": one.english,
        "pathogen": one.pathogen,
        "divisions": list(one.divisions),
        "first_day": span.first_day,
        "last_day": span.last_day,
        "digest": one.digest,
    }
