"""Which inquiries wait for us, which for others? The boards: their tabs, filters and order."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from liankong.rules.inquiries import WORKING
from liankong.store import inquiries
from liankong.store.models import Inquiry
from liankong.vocabulary.kinds import InquiryState, InquirySubject
from liankong.web import labels
from liankong.web.cases_list import Filter
from liankong.web.context import Sight
from liankong.web.places import organisation_names

S = InquiryState
TABS = ("in", "out", "answers", "drafts", "done")
WAITING = (S.ISSUED, *sorted(WORKING))
SEARCH_LENGTH = 40


def bodies(seen: Sight) -> frozenset[int]:
    """The organisations in whose name this seat handles inquiries."""
    return inquiries.speaks_for(seen.seat.organisation if seen.seat else None, seen.at)


def tab_of(query: Mapping[str, str]) -> str:
    wanted = query.get("tab", "")
    return wanted if wanted in TABS else "in"


def of_tab(tab: str, ours: Iterable[int]) -> "QuerySet[Inquiry]":
    """The inquiries of one tab. What came from outside the node is closed by its receiver: its answer waits there."""
    own = list(ours)
    return Inquiry.objects.filter(_tabs(Q(sender__in=own), Q(receiver__in=own))[tab])


def _tabs(asked: Q, told: Q) -> dict[str, Q]:
    return {
        "in": told & Q(state__in=WAITING),
        "out": asked & Q(state__in=(*WAITING, S.FORWARDED)),
        "answers": (asked | (told & Q(sender__isnull=True))) & Q(state=S.FEEDBACK),
        "drafts": asked & Q(state=S.DRAFT),
        "done": (told & Q(state__in=(S.FORWARDED, S.FEEDBACK))) | ((asked | told) & Q(state=S.CLOSED)),
    }


def select(query: Mapping[str, str], seen: Sight) -> "QuerySet[Inquiry]":
    """What an address asks for; what it does not understand it leaves out of the question."""
    rows = of_tab(tab_of(query), bodies(seen))
    if query.get("state") in list(S):
        rows = rows.filter(state=query["state"])
    if query.get("subject") in list(InquirySubject):
        rows = rows.filter(subject=query["subject"])
    if query.get("late") == "yes":
        rows = rows.filter(due_at__lt=seen.at)
    text = query.get("q", "").strip()[:SEARCH_LENGTH]
    if text:
        rows = rows.filter(
            Q(number__contains=text) | Q(their_number__contains=text) | Q(vehicle__istartswith=text)
        )
    # A forwarded one has no clock of its own; it stands where its answer is due.
    return rows.annotate(wait_key=Coalesce(F("due_at"), F("feedback_by"), F("created_at")))


def ordering(query: Mapping[str, str]) -> tuple[str, ...]:
    return ("wait_key", "pk") if tab_of(query) in ("in", "out") else ("-created_at", "-pk")


def filters(query: Mapping[str, str]) -> list[Filter]:
    return [
        Filter("state", _("State"), labels.options("inquiry"), query.get("state", "")),
        Filter("subject", _("Subject"), labels.options("inquirysubject"), query.get("subject", "")),
        Filter("late", _("Clock"), [("yes", _("overdue only"))], query.get("late", "")),
    ]


def counts(seen: Sight) -> dict[str, int]:
    """How many wait in each tab but the last. One query."""
    own = list(bodies(seen))
    asked, told = Q(sender__in=own), Q(receiver__in=own)
    tabs = _tabs(asked, told)
    wanted = {f"n_{tab}": Count("pk", filter=tabs[tab]) for tab in TABS if tab != "done"}
    found = Inquiry.objects.filter(asked | told).aggregate(
        **wanted, n_late=Count("pk", filter=tabs["in"] & Q(due_at__lt=seen.at))
    )
    return {name.removeprefix("n_"): int(value) for name, value in found.items()}


def with_names(rows: Iterable[Inquiry], at: datetime) -> list[Inquiry]:
    """What sender and receiver are called, and how many ask for the same. Two queries, however long the list."""
    listed = list(rows)
    keys = {key for row in listed for key in (row.sender_id, row.receiver_id) if key is not None}
    names = organisation_names(keys, at)
    jobs = [row.job_id for row in listed if row.job_id is not None]
    askers = dict(Inquiry.objects.filter(job__in=jobs).values_list("job").annotate(n=Count("pk")).order_by())
    for row in listed:
        row.sender_said = names.get(row.sender_id or 0, row.sender_name)  # type: ignore[attr-defined]  # for the template
        row.receiver_said = names.get(row.receiver_id or 0, "")  # type: ignore[attr-defined]  # as above
        row.askers = askers.get(row.job_id, 1)  # type: ignore[attr-defined]  # as above
    return listed


# --- export -------------------------------------------------------------------------------------------------


def answer_rows(rows: "QuerySet[Inquiry]", at: datetime) -> Iterator[dict[str, str]]:
    """Rows of the list of answers: numbers, states and times, nobody's name."""
    chosen = list(rows.order_by("created_at", "pk"))
    for row in with_names(chosen, at):
        yield {
            "number": row.number,
            "their_number": row.their_number,
            "sender": row.sender_said,  # type: ignore[attr-defined]  # set by with_names
            "receiver": row.receiver_said,  # type: ignore[attr-defined]  # as above
            "subject": str(labels.label("inquirysubject", row.subject).text),
            "role": str(labels.label("class", row.role).text),
            "state": str(labels.label("inquiry", row.state).text),
            "issued_at": _time(row.issued_at),
            "received_at": _time(row.received_at),
            "controlled_at": _time(row.controlled_at),
            "outcome": str(labels.label("inquiry", row.outcome).text),
            "answer": row.answer,
            "feedback_at": _time(row.feedback_at),
            "overdue_at": _time(row.overdue_at),
        }


def _time(value: Any) -> str:
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if value else ""
