"""What may the other headquarters be told, and what not? The least that finds, identifies and controls.

A person's letter carries the identity fields that its role calls for and nothing else of the register; letters about a
trip, a place or goods carry nothing of any person.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from liankong.protocols.inquiries import Inquiries, inquiries
from liankong.protocols.standing import IdentityField
from liankong.rules.why import Why
from liankong.vocabulary.kinds import InquirySubject, PersonClass

_ID_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")

# Of a person's record, and never in a letter; shown beside what is, so that the sender sees it before sending.
NEVER = (
    "the sender's own record of the person",
    "household members",
    "occupation and registered address",
    "health, tests and vaccination",
    "other stays than the exposure",
    "who the case is",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """A field that the sender holds and the letter does not carry; `reason` is an English sentence."""

    field: IdentityField
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """`fields` go with the letter, `missing` would but are not held, `withheld` are held and stay."""

    fields: tuple[IdentityField, ...]
    missing: tuple[IdentityField, ...]
    withheld: tuple[Withheld, ...]
    why: Why


def disclose(
    subject: InquirySubject,
    role: PersonClass | None,
    held: Collection[IdentityField],
    *,
    table: Inquiries | None = None,
) -> Disclosure:
    """Choose the fields. `held` are those for which the sender has a value. A role without a line discloses
    nothing.
    """
    rule = "inquiries.disclose"
    if subject is not InquirySubject.PERSON:
        stays = "A letter about a trip, a place or goods carries nothing of a person."
        return Disclosure(
            fields=(), missing=(), withheld=_stays(held, (), stays), why=Why(rule=rule, reason=stays)
        )
    rules = table if table is not None else inquiries()
    found = next(((at, row) for at, row in enumerate(rules.disclosure) if role in row.roles), None)
    if found is None:
        reason = "This role calls for no identity: nothing is disclosed."
        return Disclosure(
            fields=(), missing=(), withheld=_stays(held, (), reason), why=Why(rule=rule, reason=reason)
        )
    at, row = found
    wanted = list(row.fields)
    if IdentityField.PHONE not in held:
        wanted += [field for field in row.otherwise if field not in wanted]
    fields = tuple(field for field in IdentityField if field in wanted and field in held)
    why = Why(
        rule=rule,
        reason="The role calls for these fields, to find, to identify and to control; no more.",
        numbers=(rules.cite(f"inquiries.disclosure[{at}]", row),),
    )
    return Disclosure(
        fields=fields,
        missing=tuple(field for field in IdentityField if field in wanted and field not in held),
        withheld=_stays(held, fields, "It is not needed to find, identify or control the person."),
        why=why,
    )


def onward(
    subject: InquirySubject, role: PersonClass | None, disclosed: Collection[IdentityField]
) -> tuple[IdentityField, ...]:
    """What a forwarder passes on: of what it was told, what the rule would disclose. Never more than it was told."""
    return disclose(subject, role, disclosed).fields


def names_somebody(text: str) -> IdentityField | None:
    """The kind of personal number that free text holds, None for none: what everybody may read must hold none."""
    plain = unicodedata.normalize("NFKC", text)
    if _ID_NUMBER.search(plain):
        return IdentityField.ID_NUMBER
    return IdentityField.PHONE if _MOBILE.search(plain) else None


def _stays(
    held: Collection[IdentityField], sent: Collection[IdentityField], reason: str
) -> tuple[Withheld, ...]:
    return tuple(
        Withheld(field=field, reason=reason) for field in IdentityField if field in held and field not in sent
    )
