"""What is asked of a busy town's console: the pages of its rows, and forms that are sent empty or wrong."""

from typing import Any

from support.town import JINNAN
from web_town import TEXT
from web_town_desks import Desks
from web_town_faulty import RESPONSE
from web_town_response import Response

from liankong.store.models import (
    Contact,
    Inquiry,
    Investigation,
    Isolation,
    Order,
    Trip,
    Zone,
)
from liankong.vocabulary.kinds import OrderKind, Role

# Their desks, besides what every reader sees.
BOARDS: dict[Role, tuple[str, ...]] = {
    Role.DUTY_OFFICER: ("/", "/needs", "/needs/take", "/needs/standing", "/needs/deliveries", "/duty", "/disinfection/new"),
    Role.INQUIRY_OFFICER: (
        "/", "/inquiries?tab=in", "/inquiries?tab=out", "/inquiries?tab=answers", "/inquiries?tab=drafts",
        "/inquiries?tab=done", "/inquiries/new", "/inquiries/list",
    ),
    Role.DISPATCHER: (
        "/", "/transfers?state=late", "/transfers?state=sign", "/transfers?state=plan", "/transfers?state=way", "/trips",
        "/vehicles",
    ),
    Role.SITE_MANAGER: ("/", "/sites", "/sites/new", "/sites/lists"),
    Role.COMMUNITY_WORKER: ("/", "/contacts/checks", "/needs/take"),
    Role.SECRETARY: ("/minutes", "/minutes/new", "/orders/new"),
    Role.LAB_OFFICER: ("/disinfection", "/disinfection?show=positive", "/disinfection?show=open"),
}  # fmt: skip


def row_pages(response: Response, desks: Desks) -> dict[Role, list[str]]:
    """The pages of single rows, by who has most to do on them. Needs an open node scope."""

    def addresses(stem: str, keys: Any) -> list[str]:
        return [f"/{stem}/{key}" for key in keys]

    def by_kind(rows: Any, *fields: str) -> list[int]:
        """One row of each kind and state."""
        return sorted(
            {values[:-1]: values[-1] for values in rows.order_by("pk").values_list(*fields, "pk")}.values()
        )

    ours = Order.objects.filter(addressee__division__startswith=JINNAN, issuer__division__startswith=JINNAN)
    plain = ours.exclude(kind=OrderKind.NEED)
    found = {role: list(pages) for role, pages in BOARDS.items()}
    found[Role.EPIDEMIOLOGIST] = addresses("contacts", by_kind(Contact.objects, "state", "classification"))
    found[Role.EPIDEMIOLOGIST] += [
        f"/investigations/{key}{page}"
        for key in Investigation.objects.filter(stays__isnull=False).distinct().values_list("pk", flat=True)
        for page in ("", "/sources", "/report", "/nearby", "/paste")
    ]
    found[Role.EPIDEMIOLOGIST].append(f"/chains/contacts/{response.case.pk}")
    found[Role.COMMANDER] = addresses("zones", Zone.objects.values_list("pk", flat=True))
    found[Role.COMMANDER] += addresses("orders", by_kind(plain, "kind", "state", "addressee"))
    found[Role.COMMANDER] += addresses("orders/batches", desks.batches)
    found[Role.SECRETARY] += addresses("minutes", desks.batches[-1:])
    needs = ours.filter(kind=OrderKind.NEED)
    found[Role.DUTY_OFFICER] += addresses("needs", by_kind(needs, "detail__need", "state"))
    found[Role.COMMUNITY_WORKER] += addresses("zones", [response.zone.pk])
    found[Role.DISPATCHER] += addresses("transfers", Isolation.objects.values_list("pk", flat=True))
    found[Role.DISPATCHER] += addresses("trips", Trip.objects.values_list("pk", flat=True))
    found[Role.SITE_MANAGER] += addresses("sites", [response.ground.site.pk])
    found[Role.SITE_MANAGER] += addresses("rooms", [room.pk for room in response.ground.rooms.values()])
    places = plain.filter(kind=OrderKind.ENVIRONMENT_SAMPLE).values_list("place", flat=True).distinct()
    found[Role.LAB_OFFICER] += addresses("disinfection/places", places)
    found[Role.LAB_OFFICER].append(f"/disinfection/zones/{response.zone.pk}")
    found[Role.INQUIRY_OFFICER] += [
        f"/inquiries/{key}{page}" for key in desks.inquiries for page in ("", "/letter")
    ]
    jobs = (
        Inquiry.objects.filter(pk__in=desks.inquiries, job__receiver__division=JINNAN)
        .values_list("job", flat=True)
        .distinct()
    )
    found[Role.INQUIRY_OFFICER] += addresses("inquiries/jobs", jobs)
    return found


# Forms sent empty or wrong: their faults are words too. Addresses are completed with a case, a post and a bulletin.
FAULTY: tuple[tuple[Role, str, dict[str, Any]], ...] = (
    (Role.EPIDEMIOLOGIST, "/account/password", {"old": "x", "new": "123", "again": "124"}),
    (Role.EPIDEMIOLOGIST, "/account/two-factor", {"token": "1"}),
    (Role.EPIDEMIOLOGIST, "/registry", {}),
    (Role.EPIDEMIOLOGIST, "/registry", {"value": "11010519491231002", "why": "病例一所需"}),
    (Role.EPIDEMIOLOGIST, "/registry", {"value": "13800138000", "why": "病例一所需"}),
    (Role.EPIDEMIOLOGIST, "/registry/new", {"id_number": "1", "division": "天上"}),
    (Role.EPIDEMIOLOGIST, "/registry/glass", {}),
    (Role.EPIDEMIOLOGIST, "/imports", {}),
    (Role.EPIDEMIOLOGIST, "/cases/{case}/classify", {}),
    (
        Role.EPIDEMIOLOGIST,
        "/cases/{case}/classify",
        {"classify-classification": "confirmed", "classify-severity": "common", "classify-reason": "同前"},
    ),
    (
        Role.EPIDEMIOLOGIST,
        "/cases/{case}/classify",
        {"classify-classification": "suspected", "classify-reason": "同前"},
    ),
    (Role.EPIDEMIOLOGIST, "/cases/{case}/course", {"course-outcome": "dead"}),
    (
        Role.EPIDEMIOLOGIST,
        "/cases/{case}/course",
        {"course-outcome": "in_care", "course-admitted_at": "2031-01-01T10:00"},
    ),
    (Role.EPIDEMIOLOGIST, "/cases/{case}/source", {"source-origin": "local", "source-infector": "99999"}),
    (Role.EPIDEMIOLOGIST, "/cases/{case}/report", {}),
    (Role.EPIDEMIOLOGIST, "/cases/{case}/identity", {}),
    (Role.COMMANDER, "/outbreaks/new", {}),
    (Role.COMMANDER, "/bulletins/{bulletin}/sign", {}),
    (Role.BULLETIN_OFFICER, "/bulletins/new", {}),
    (Role.BULLETIN_OFFICER, "/bulletins/new", {"rows": 1, "row0-value": "x", "since": "gestern"}),
    (Role.BULLETIN_OFFICER, "/bulletins/read", {"text": TEXT}),
    (Role.BULLETIN_OFFICER, "/bulletins/read", {"text": TEXT.replace("2022年", "")}),
    (Role.BULLETIN_OFFICER, "/bulletins/{bulletin}/explain", {"finding": 0, "reason": ""}),
    (Role.ADMINISTRATOR, "/organisations/new", {}),
    (
        Role.ADMINISTRATOR,
        "/organisations/new",
        {"code": "city-1", "name": "某部", "kind": "office", "division": JINNAN},
    ),
    (Role.ADMINISTRATOR, "/posts/{post}/fill", {"user": "nobody"}),
    (Role.ADMINISTRATOR, "/posts/{post}/fill", {"user": "administrator-jinnan"}),
    (Role.ADMINISTRATOR, "/users/new", {"username": "city hall"}),
    (
        Role.ADMINISTRATOR,
        "/users/new",
        {"username": "auditor-jinnan", "name": "某人", "division": JINNAN, "language": "zh-hans"},
    ),
    (Role.ADMINISTRATOR, "/users/tokens", {}),
    (Role.AUDITOR, "/audit/verify", {}),
    *RESPONSE,
)
