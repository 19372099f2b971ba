"""An inquiry as it travels: what everybody on its way may read, and apart from it what is sealed.

The same shape serves a message to another headquarters and a row of a list that came by phone or mail.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from liankong.protocols.standing import IdentityField
from liankong.vocabulary.kinds import InquirySubject, PersonClass

KIND = "inquiry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One request. `number` is the asking headquarters' own, `sender` and `receiver` are codes of organisations ("" for
    one that is not on the node, which `sender_name` then names). `identity` is sealed wherever it rests, and its repr
    shows nothing.
    """

    number: str
    subject: InquirySubject
    what: str
    sender: str = ""
    sender_name: str = ""
    receiver: str = ""
    role: PersonClass | None = None
    whereabouts: str = ""
    last_exposed_at: datetime | None = None
    vehicle: str = ""
    seat: str = ""
    lot: str = ""
    asks: str = ""
    basis: str = ""
    protocol: str = ""
    issued_at: datetime | None = None
    identity: Mapping[IdentityField, str] = field(default_factory=dict, repr=False)


_TIMES = ("last_exposed_at", "issued_at")


def to_body(letter: Letter) -> dict[str, Any]:
    """The open part as plain values: no field of an identity."""
    body: dict[str, Any] = {
        one.name: getattr(letter, one.name) for one in fields(Letter) if one.name != "identity"
    }
    body["subject"] = letter.subject.value
    body["role"] = letter.role.value if letter.role else ""
    for name in _TIMES:
        body[name] = body[name].isoformat() if body[name] else None
    return body


def from_body(body: Mapping[str, Any], identity: Mapping[str, str]) -> Letter:
    """The letter again. Fields that a newer sender added are left out. Raises ValueError and KeyError for a body that
    is none.
    """
    known = {one.name for one in fields(Letter)} - {"identity"}
    values = {key: value for key, value in body.items() if key in known}
    values["subject"] = InquirySubject(body["subject"])
    values["role"] = PersonClass(body["role"]) if body.get("role") else None
    for name in _TIMES:
        values[name] = datetime.fromisoformat(body[name]) if body.get(name) else None
    return Letter(**values, identity={IdentityField(key): value for key, value in identity.items()})
