"""What the public is told of a zone: a notice in two languages and CAP 1.2 messages, one for each public change.

All of it follows from the zone's history, so the same message comes out whenever it is asked for.
"""

from collections.abc import Iterator
from typing import Any

from django.conf import settings

from liankong import protocols
from liankong.exchange import cap
from liankong.exchange.cap import (
    Alert,
    AlertArea,
    Certainty,
    Gravity,
    Info,
    MessageKind,
    Reference,
    Response,
    Status,
    Urgency,
)
from liankong.exchange.zones_notice import ENDS, Notice, ZoneText, notices
from liankong.protocols import Protocol
from liankong.protocols.words import ZoneUnit
from liankong.rules.zones_history import Standing, Step, fold
from liankong.store import zones as store
from liankong.store.models import Organisation, OrganisationTerm, Zone
from liankong.store.organisations import NobodyResponsible, in_force, responsible
from liankong.vocabulary import divisions
from liankong.vocabulary.kinds import OrganisationKind, ZoneChange
from liankong.vocabulary.spans import SHANGHAI

PUBLIC = frozenset(
    {ZoneChange.APPROVED, ZoneChange.ESCALATED, ZoneChange.LOWERED, ZoneChange.EXTENDED, *ENDS}
)
CODE_SYSTEM = "GB/T 2260"
COUNTY = 6


def public_steps(zone: Zone) -> Iterator[tuple[int, Step, Standing, Standing]]:
    """Each change that the public is told: its place in the history, the step, the standing before and after."""
    steps = store.history(zone)
    for at, step in enumerate(steps):
        if step.change in PUBLIC:
            yield at, step, fold(steps[:at]), fold(steps[: at + 1])


def latest_notices(zone: Zone) -> tuple[Notice, ...]:
    """The notice of the last public change, in Chinese and in English; empty before the first."""
    told = list(public_steps(zone))
    if not told:
        return ()
    _at, step, before, after = told[-1]
    return notices(_text(zone, step, before, after), protocols.load(zone.protocol))


def messages(zone: Zone) -> list[Alert]:
    """The CAP messages of a zone, the oldest first; each refers to all before it."""
    protocol = protocols.load(zone.protocol)
    made: list[Alert] = []
    for at, step, before, after in public_steps(zone):
        text = _text(zone, step, before, after)
        body = _issuer(zone, step)
        references = tuple(
            Reference(sender=one.sender, identifier=one.identifier, sent=one.sent) for one in made
        )
        ends = step.change in ENDS
        kind = MessageKind.CANCEL if ends else MessageKind.UPDATE if made else MessageKind.ALERT
        made.append(
            Alert(
                identifier=f"{zone.outbreak.code}.{zone.number}.{at}",
                sender=body.code if body else "liankong",
                sent=step.at.astimezone(SHANGHAI),
                status=Status.EXERCISE if text.exercise else Status.ACTUAL,
                kind=kind,
                note=f"{zone.outbreak.name} · {zone.outbreak.english}" if text.exercise else "",
                references=references,
                infos=tuple(
                    _info(zone, notice, text, after, protocol, ends=ends)
                    for notice in notices(text, protocol)
                ),
            )
        )
    return made


def written(alert: Alert) -> bytes:
    """The message as XML."""
    return cap.write(alert)


def _info(
    zone: Zone, notice: Notice, text: ZoneText, after: Standing, protocol: Protocol, *, ends: bool
) -> Info:
    chinese = notice.language.startswith("zh")
    rank = [kind.code for kind in protocol.zones.kinds].index(after.kind)
    kind = protocol.zone(after.kind)
    mildest = ZoneUnit.COUNTY in kind.units
    severity = Gravity.MINOR if mildest else Gravity.SEVERE if rank == 0 else Gravity.MODERATE
    response = Response.MONITOR if mildest else Response.SHELTER if rank == 0 else Response.AVOID
    return Info(
        language=notice.language,
        event=kind.name if chinese else kind.english,
        urgency=Urgency.PAST if ends else Urgency.IMMEDIATE,
        severity=severity,
        certainty=Certainty.OBSERVED,
        responses=(Response.ALL_CLEAR if ends else response,),
        effective=text.at.astimezone(SHANGHAI),
        onset=after.from_at.astimezone(SHANGHAI) if after.from_at and not ends else None,
        expires=after.expires_at.astimezone(SHANGHAI) if after.expires_at and not ends else None,
        sender_name=text.issuer if chinese else text.issuer_english,
        headline=notice.headline,
        description="\n".join(notice.body),
        instruction=notice.instruction,
        parameters=(("zone", zone.number), ("kind", after.kind), ("protocol", zone.protocol)),
        areas=(
            AlertArea(
                description=_where(text, chinese=chinese),
                polygons=rings(zone.outline),
                geocodes=((CODE_SYSTEM, zone.division[:COUNTY]), ("division", zone.division)),
            ),
        ),
    )


def _where(text: ZoneText, *, chinese: bool) -> str:
    if chinese:
        return f"{text.place}{text.area}"
    return f"{text.area}, {text.place_english}" if text.area else text.place_english


def rings(outline: dict[str, Any] | None) -> tuple[tuple[tuple[float, float], ...], ...]:
    """The outer rings of a GeoJSON polygon or multi-polygon, as (longitude, latitude)."""
    if not outline:
        return ()
    parts = outline["coordinates"] if outline["type"] == "MultiPolygon" else [outline["coordinates"]]
    return tuple(tuple((float(point[0]), float(point[1])) for point in part[0]) for part in parts)


def _text(zone: Zone, step: Step, before: Standing, after: Standing) -> ZoneText:
    body = _issuer(zone, step)
    term = OrganisationTerm.objects.filter(in_force(step.at), organisation=body).first() if body else None
    name = term.name if term else ""
    return ZoneText(
        change=step.change,
        kind=after.kind,
        kind_before=before.kind if before.kind != after.kind else "",
        place=_path(zone.division, english=False),
        place_english=_path(zone.division, english=True),
        # The rest of a county has no name of its own beside the county's.
        area="" if zone.unit == ZoneUnit.COUNTY else zone.name,
        issuer=name,
        issuer_english=(term.english or name) if term else "",
        number=zone.number,
        legal_basis=after.legal_basis,
        at=step.at,
        from_at=after.from_at,
        review_on=after.review_on,
        expires_at=after.expires_at,
        exercise=bool(settings.LIANKONG_DEMO or zone.outbreak.exercise),
    )


def _issuer(zone: Zone, step: Step) -> Organisation | None:
    try:
        return responsible(OrganisationKind.HEADQUARTERS, zone.division, step.at)
    except NobodyResponsible:
        return None


def _path(code: str, *, english: bool) -> str:
    """County and street: streets have no English names, and there the county is enough."""
    names = []
    for length in (6,) if english else (6, 9):
        if length > len(code):
            continue
        try:
            found = divisions.get(code[:length])
        except divisions.UnknownDivision:
            continue
        names.append(found.english if english else found.name)
    return "".join(names) or code
