"""Forms of the response that are sent empty or wrong: the words at their fields, and what the verbs refuse.

Addresses are completed with the rows of `form_rows`.
"""

from typing import Any

from web_town_desks import Desks
from web_town_lists import LISTS
from web_town_response import Response

from liankong.store.models import (
    Appeal,
    Contact,
    Exposure,
    Handover,
    Inquiry,
    Investigation,
    Isolation,
    Order,
    Shift,
    SourceHypothesis,
    StandingNeed,
    Stay,
    Trip,
    Zone,
)
from liankong.vocabulary.kinds import (
    AppealState,
    ContactState,
    InquiryState,
    OrderKind,
    OrderState,
    Role,
    RoomState,
    ZoneState,
)

LATE = "2031-01-01T10:00"
EARLY = "2022-01-01T10:00"


def form_rows(response: Response, desks: Desks) -> dict[str, Any]:
    """A row of each kind to which a form is sent. Needs an open node scope."""
    ground = response.ground
    occupied = ground.site.rooms.filter(state=RoomState.OCCUPIED).order_by("pk")[0]
    drafted = Order.objects.filter(kind=OrderKind.TASK, state=OrderState.ISSUED, emergency=False)
    need = Order.objects.filter(kind=OrderKind.NEED, detail__part="community").order_by("-pk")[0]
    return {
        "traced": response.case.pk,
        "proposed_contact": Contact.objects.filter(state=ContactState.PROPOSED).order_by("pk")[0].pk,
        "contact": Contact.objects.filter(state=ContactState.CONFIRMED).order_by("pk")[0].pk,
        "meeting": Exposure.objects.order_by("pk")[0].pk,
        "investigation": Investigation.objects.exclude(case=response.case).filter(stays__isnull=False)[0].pk,
        "stay": Stay.objects.latest("pk").pk,
        "source": SourceHypothesis.objects.latest("pk").pk,
        "waiting": Isolation.objects.filter(signed_at__isnull=True, released_at__isnull=True).latest("pk").pk,
        "inside": Isolation.objects.filter(hold__room=occupied, released_at__isnull=True)[0].pk,
        "room": occupied.pk,
        "clean": ground.rooms["304"].pk,
        "site": ground.site.pk,
        "trip": Trip.objects.latest("pk").pk,
        "zone": response.zone.pk,
        "proposed_zone": Zone.objects.filter(state=ZoneState.PROPOSED).latest("pk").pk,
        "appeal": Appeal.objects.get(state=AppealState.OPEN).pk,
        "need": need.pk,
        "standing": StandingNeed.objects.order_by("pk")[0].pk,
        "order": drafted.latest("pk").pk,
        "asks": Order.objects.filter(title="核对口罩库存").latest("pk").pk,
        "sampling": Order.objects.filter(kind=OrderKind.ENVIRONMENT_SAMPLE, state=OrderState.ISSUED)
        .latest("pk")
        .pk,
        "place": response.estate.compound.pk,
        "shift": Shift.objects.order_by("pk")[0].pk,
        "handover": Handover.objects.order_by("pk")[0].pk,
        "draft_letter": Inquiry.objects.filter(state=InquiryState.DRAFT).latest("pk").pk,
        "sent_letter": desks.inquiries[0],
        "answered_letter": desks.inquiries[1],
        "letter": desks.inquiries[4],
        "waiting_letter": desks.inquiries[6],
    }


EPI, COMMANDER, DUTY, LETTERS = Role.EPIDEMIOLOGIST, Role.COMMANDER, Role.DUTY_OFFICER, Role.INQUIRY_OFFICER
DISPATCHER, SITE, COMMUNITY = Role.DISPATCHER, Role.SITE_MANAGER, Role.COMMUNITY_WORKER

TRACING: tuple[tuple[Role, str, dict[str, Any]], ...] = (
    (EPI, "/contacts/sign", {}),
    (EPI, "/contacts/sign", {"way": "reject", "contact": ["{proposed_contact}"], "reason": "no"}),
    (EPI, "/contacts/{proposed_contact}/reject", {}),
    (EPI, "/contacts/{proposed_contact}/control", {}),
    (EPI, "/contacts/{contact}/control", {"control-controlled_at": LATE}),
    (EPI, "/contacts/{contact}/control", {"control-controlled_at": "2021-01-01T10:00"}),
    (EPI, "/contacts/{contact}/release", {}),
    (EPI, "/contacts/meetings/{meeting}", {}),
    (EPI, "/contacts/meetings/{meeting}", {"amend-kind": "x", "amend-metres": "-1", "amend-reason": "x"}),
    (EPI, "/contacts/new?case={traced}", {}),
    (
        EPI,
        "/contacts/new?case={traced}",
        {
            "met-kind": "shared_meal",
            "met-from_at": EARLY,
            "met-until_at": "2021-12-01T10:00",
            "met-phone": "1",
        },
    ),
    (
        EPI,
        "/contacts/new?case={traced}",
        {"met-kind": "shared_meal", "met-from_at": EARLY, "met-until_at": LATE, "met-protection": "unknown"},
    ),
    (EPI, "/contacts/roster?case={traced}", {}),
    (COMMUNITY, "/contacts/checks", {"check-1": "56", "check-2": "x"}),
    (EPI, "/investigations/{investigation}/stays", {}),
    (
        EPI,
        "/investigations/{investigation}/stays",
        {"day": "32", "begin": "25", "end": "861", "mode": "other"},
    ),
    (
        EPI,
        "/investigations/{investigation}/stays",
        {"day": "9", "begin": "8", "end": "9", "mode": "work", "place": "电话13812345678"},
    ),
    (EPI, "/investigations/{investigation}/paste", {}),
    (
        EPI,
        "/investigations/{investigation}/paste",
        {"text": "1月6日8:30到新华超市购物。", "first_day": "2022-01-06"},
    ),
    (EPI, "/investigations/{investigation}/onset", {"onset-onset_on": "2031-01-01"}),
    (EPI, "/investigations/{investigation}/notes", {}),
    (EPI, "/investigations/{investigation}/notes/open", {}),
    (EPI, "/investigations/{investigation}/report/file", {}),
    (EPI, "/investigations/{investigation}/sources", {}),
    (EPI, "/investigations/{investigation}/sources", {"source-text": "某", "source-infector": "99999"}),
    (EPI, "/investigations/{investigation}/sources/{source}/reject", {}),
    (EPI, "/investigations/{investigation}/sources/{source}/weigh", {"weigh-{source}-likelihood": "130"}),
)

LETTERS_SENT: tuple[tuple[Role, str, dict[str, Any]], ...] = (
    (LETTERS, "/inquiries/new", {}),
    (
        LETTERS,
        "/inquiries/new",
        {"subject": "person", "role": "close_contact", "what": "某", "person": "999999"},
    ),
    (LETTERS, "/inquiries/new", {"subject": "trip", "role": "close_contact", "what": "某"}),
    (
        LETTERS,
        "/inquiries/preview",
        {"subject": "person", "role": "general_contact", "person": "1", "what": "某"},
    ),
    (LETTERS, "/inquiries/list", {}),
    (LETTERS, "/inquiries/many/send", {}),
    (LETTERS, "/inquiries/many/send", {"inquiry": ["{sent_letter}"]}),
    (LETTERS, "/inquiries/many/close", {"inquiry": ["{sent_letter}"]}),
    (LETTERS, "/inquiries/many/receive", {"inquiry": ["{sent_letter}"]}),
    (LETTERS, "/inquiries/{draft_letter}/act/discard", {}),
    (LETTERS, "/inquiries/{draft_letter}/act/address", {}),
    (LETTERS, "/inquiries/{waiting_letter}/step", {"state": "verified"}),
    (LETTERS, "/inquiries/{waiting_letter}/step", {"state": "lost"}),
    (LETTERS, "/inquiries/{letter}/act/answer", {}),
    (
        LETTERS,
        "/inquiries/{letter}/act/answer",
        {"answer-outcome": "home", "answer-answer": "电话13812345678"},
    ),
    (LETTERS, "/inquiries/{letter}/act/forward", {}),
    (LETTERS, "/inquiries/{letter}/act/register", {}),
    (LETTERS, "/inquiries/{letter}/act/link", {"link-person": "999999"}),
    (LETTERS, "/inquiries/{answered_letter}/act/again", {}),
    (LETTERS, "/inquiries/{letter}/reveal", {}),
    (LETTERS, "/inquiries/{letter}/letter", {}),
)

MOVES: tuple[tuple[Role, str, dict[str, Any]], ...] = (
    (COMMANDER, "/transfers/sign", {}),
    (DISPATCHER, "/transfers/plan", {}),
    (DISPATCHER, "/transfers/{waiting}/assess", {}),
    (DISPATCHER, "/transfers/{waiting}/assess", {"assess-home": "on", "assess-mobility": "walks"}),
    (DISPATCHER, "/transfers/{waiting}/assess", {"assess-mobility": "walks", "assess-carer": "999999"}),
    (COMMANDER, "/transfers/{waiting}/reject", {}),
    (DISPATCHER, "/transfers/{waiting}/tap/arrived", {}),
    (DISPATCHER, "/trips/{trip}/call-off", {}),
    (DISPATCHER, "/vehicles", {}),
    (DISPATCHER, "/vehicles", {"plate": "津A00000", "seats": "0", "organisation": "0"}),
    (SITE, "/sites/new", {}),
    (
        SITE,
        "/sites/new",
        {"code": "jinnan-site-1", "name": "某", "division": "120112", "ready_within_hours": "0"},
    ),
    (SITE, "/sites/lists", {}),
    (SITE, "/sites/{site}/room", {}),
    (SITE, "/sites/{site}/room", {"room-number": "101", "room-floor": "1", "room-beds": "1"}),
    (SITE, "/sites/{site}/staff", {}),
    (SITE, "/sites/{site}/staff", {"staff-person": "999999", "staff-area": "clean", "staff-job": "护士"}),
    (SITE, "/sites/{site}/settings", {"settings-ready_within_hours": "-1"}),
    (SITE, "/rooms/{room}/state", {}),
    (SITE, "/rooms/{room}/state", {"state-state": "closed"}),
    (SITE, "/rooms/{clean}/swab", {}),
    (SITE, "/rooms/{room}/people/{inside}/move", {}),
    (SITE, "/rooms/{room}/people/{inside}/release", {}),
)

AREAS: tuple[tuple[Role, str, dict[str, Any]], ...] = (
    (EPI, "/zones/new", {}),
    (EPI, "/zones/new", {"kind": "lockdown", "reason": "某", "division": "120112100"}),
    (
        EPI,
        "/zones/new",
        {"kind": "lockdown", "reason": "某", "name": "某", "outline": "117.38 38.95\n117.40"},
    ),
    (EPI, "/zones/{proposed_zone}/approve", {"approve-legal_basis": "某法"}),
    (COMMANDER, "/zones/{proposed_zone}/approve", {}),
    (
        COMMANDER,
        "/zones/{proposed_zone}/approve",
        {"approve-legal_basis": "某法", "approve-expires_at": "2022-03-01T10:00"},
    ),
    (
        COMMANDER,
        "/zones/{proposed_zone}/approve",
        {"approve-legal_basis": "某法", "approve-review_on": "2021-01-01"},
    ),
    (COMMANDER, "/zones/{proposed_zone}/reject", {}),
    (COMMANDER, "/zones/{zone}/lift", {}),
    (COMMANDER, "/zones/{zone}/lift", {"lift-exception": "on"}),
    (COMMANDER, "/zones/{zone}/lower", {}),
    (COMMANDER, "/zones/{zone}/escalate", {"escalate-reason": "某"}),
    (COMMANDER, "/zones/{zone}/extend", {}),
    (COMMANDER, "/zones/{zone}/extend", {"extend-until": EARLY, "extend-reason": "某"}),
    (COMMANDER, "/zones/{zone}/restart", {}),
    (COMMANDER, "/zones/{zone}/restart", {"restart-from_at": LATE, "restart-reason": "某"}),
    (COMMUNITY, "/zones/{zone}/appeal", {}),
    (COMMANDER, "/zones/appeals/{appeal}/answer", {}),
    (
        COMMANDER,
        "/zones/appeals/{appeal}/answer",
        {"answer{appeal}-granted": "yes", "answer{appeal}-answer": "某"},
    ),
)

PEOPLE: tuple[tuple[Role, str, dict[str, Any]], ...] = (
    (DUTY, "/needs/take", {}),
    (DUTY, "/needs/take", {"kind": "food", "person": "123", "source": "hotline"}),
    (DUTY, "/needs/take", {"kind": "food", "person": "13900000000", "source": "hotline"}),
    (DUTY, "/needs/take", {"kind": "food", "household": "999999", "division": "天上", "source": "hotline"}),
    (DUTY, "/needs/{need}/refused", {}),
    (DUTY, "/needs/{need}/reach", {}),
    (DUTY, "/needs/standing", {}),
    (
        DUTY,
        "/needs/standing",
        {"kind": "dialysis", "household": "999999", "what": "某", "next_on": "2020-01-01"},
    ),
    (DUTY, "/needs/standing/{standing}/end", {}),
    (DUTY, "/needs/deliveries", {}),
    (DUTY, "/needs/deliveries", {"zone": "{zone}", "basket": "standard", "parcels": "-1"}),
    (DUTY, "/disinfection/new", {}),
    (DUTY, "/disinfection/new", {"what": ["disinfection"], "places": "x"}),
    (DUTY, "/disinfection/new", {"what": ["disinfection"], "case": "99999"}),
    (Role.LAB_OFFICER, "/disinfection/places/{place}", {"order": "{sampling}"}),
    (
        Role.LAB_OFFICER,
        "/disinfection/places/{place}",
        {"order": "{sampling}", "samples": "3", "positive": "4"},
    ),
    (DUTY, "/duty/plan/shift", {}),
    (DUTY, "/duty/plan/pattern", {}),
    (DUTY, "/duty/plan/list", {}),
    (DUTY, "/duty/shifts/{shift}/remove", {}),
    (DUTY, "/duty/handovers/new", {}),
    (DUTY, "/duty/handovers/new", {"note-text": "电话13812345678"}),
    (DUTY, "/duty/handovers/{handover}/take", {}),
)

ORDERS: tuple[tuple[Role, str, dict[str, Any]], ...] = (
    (COMMANDER, "/orders/new", {}),
    (COMMANDER, "/orders/new", {"kind": "task", "title": "某", "due_at": EARLY, "others": "nowhere-1"}),
    (
        COMMANDER,
        "/orders/new",
        {"kind": "task", "title": "电话13812345678", "due_at": "2022-01-09T10:00", "others": "jinnan-cdc-1"},
    ),
    (
        COMMANDER,
        "/orders/new",
        {
            "kind": "task",
            "title": "某",
            "due_at": "2022-01-09T10:00",
            "others": "jinnan-cdc-1",
            "waits_for": "999999",
        },
    ),
    (COMMANDER, "/orders/to-sign", {}),
    (EPI, "/orders/{asks}/act/done", {}),
    (EPI, "/orders/{asks}/act/done", {"done-proof": "已查"}),
    (EPI, "/orders/{order}/act/return", {}),
    (COMMANDER, "/orders/{order}/act/cancel", {}),
    (COMMANDER, "/orders/{order}/act/hurry", {}),
    (COMMANDER, "/orders/{order}/act/wait", {"wait-until_done": "{order}"}),
    (COMMANDER, "/orders/{order}/act/wait", {"wait-until_done": "999999"}),
    (COMMANDER, "/orders/{order}/act/receive", {}),
    (Role.SECRETARY, "/minutes/new", {}),
    (Role.SECRETARY, "/minutes/new", {"text": "新增确诊病例3例。"}),
)

RESPONSE = (*TRACING, *LETTERS_SENT, *MOVES, *AREAS, *PEOPLE, *ORDERS, *LISTS)


def filled(sent: Any, rows: dict[str, Any]) -> Any:
    """A form's fields with the rows' numbers in their places."""
    if isinstance(sent, dict):
        return {name.format(**rows): filled(value, rows) for name, value in sent.items()}
    if isinstance(sent, list):
        return [filled(one, rows) for one in sent]
    return sent.format(**rows) if isinstance(sent, str) and "{" in sent else sent
