"""What desks do in a replay with what comes to them: letters to other headquarters, a zone's orders, calls from inside.

Everything goes through the verbs of the console, by whoever is seated where the order or letter went.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from liankong.actions import inquiries_in, inquiries_out, needs, needs_care, tracing_checks
from liankong.actions import orders as handled
from liankong.drill import numbers
from liankong.store import zones
from liankong.store.log import Actor
from liankong.store.models import Check, Household, Inquiry, Order, Organisation, Zone
from liankong.store.tracing_checks import WATCHED
from liankong.vocabulary.kinds import (
    CheckKind,
    CheckState,
    InquiryState,
    NeedKind,
    OrderKind,
    OrderState,
    ResultValue,
    Role,
    ZoneState,
)

if TYPE_CHECKING:
    from liankong.cli.replay import Replay

Later = Callable[[datetime, Callable[[datetime], object]], None]
Tried = Callable[[Callable[[], object]], None]
# Who of a body takes up what comes to it, the first that it has.
HANDS = (
    Role.COMMUNITY_WORKER,
    Role.DISPATCHER,
    Role.DUTY_OFFICER,
    Role.CLINICIAN,
    Role.EPIDEMIOLOGIST,
    Role.COMMANDER,
)


@dataclass(frozen=True, slots=True)
class Desks:
    """`later` plans an act, `tried` does it and lets everything follow."""

    replay: "Replay"
    later: Later
    tried: Tried

    # --- standing up ---

    def open_care_points(self, at: datetime) -> None:
        """The headquarters lay down what hospitals and the emergency centre take."""
        wanted: dict[str, list[str]] = numbers.load("response").node("care", "takes")
        for body in self.replay.organisations.values():
            if body.kind in wanted:
                by = self.replay.by(Role.COMMANDER, body.division)
                takes = [NeedKind(kind) for kind in wanted[body.kind]]
                act = partial(needs_care.set_care_point, organisation=body.pk, takes=takes, by=by, at=at)
                self.tried(act)

    def plan_calls(self) -> None:
        """The calls of the drill, each at its hour."""
        for number, call in enumerate(numbers.load("response").node("call")):
            self.later(datetime.fromisoformat(call["at"]["value"]), partial(self._call, number, call))

    def plan_checks(self, first: datetime, days: int) -> None:
        """Contacts' lists are done every evening."""
        hour = timedelta(hours=numbers.load("response").number("acts", "checks_at"))
        for day in range(days):
            self.later(first + timedelta(days=day) + hour, self._check)

    def _check(self, at: datetime) -> None:
        due = Check.objects.filter(state=CheckState.DUE, due_at__lte=at, contact__state__in=WATCHED)
        rows = due.order_by("pk").values_list("contact__division", "pk", "kind")
        by_district: dict[str, list[tracing_checks.Measured]] = {}
        for division, key, kind in rows:
            by_district.setdefault(division[:6], []).append(_measured(key, CheckKind(kind)))
        for district, measured in by_district.items():
            by = self.replay.by(Role.EPIDEMIOLOGIST, district)
            self.tried(partial(tracing_checks.record_checks, measured=measured, by=by, at=at))

    # --- letters ---

    def send_letters(self, at: datetime) -> None:
        """All that waits is sent, each by its sender's officer."""
        for row in Inquiry.objects.filter(state=InquiryState.DRAFT, receiver__isnull=False).order_by("pk"):
            by = self._hand(row.sender, Role.INQUIRY_OFFICER) if row.sender else None
            if by is not None:
                self.tried(partial(inquiries_out.send, inquiries_of=[row.pk], by=by, at=at))
                self.later(at + _minutes("letter_received"), partial(self._receive, row.pk))

    def _receive(self, key: int, at: datetime) -> None:
        row = Inquiry.objects.select_related("receiver").get(pk=key)
        if row.receiver is not None:
            by = self._hand(row.receiver, Role.INQUIRY_OFFICER)
            self.tried(partial(inquiries_in.receive, inquiries_of=[key], by=by, at=at))
            state = InquiryState.CONTROLLED
            act = partial(inquiries_in.advance, inquiry=key, state=state, by=by)
            self.later(at + _minutes("letter_worked"), lambda now: self.tried(partial(act, at=now)))

    # --- a zone's orders ---

    def measures(self, zone: int, at: datetime) -> None:
        """What a zone's signature ordered is reported done, with its figure."""
        row = Zone.objects.get(pk=zone)
        people, _homes = zones.count_inside(row)
        orders = Order.objects.filter(kind=OrderKind.ZONE, state=OrderState.ISSUED, detail__zone=zone)
        for order in orders.select_related("addressee").order_by("pk"):
            figure = float(people) if order.detail.get("unit") else None
            self._finish(order, "已落实", at, figure=figure)

    # --- calls from inside ---

    def _call(self, number: int, call: dict[str, Any], at: datetime) -> None:
        closed = Zone.objects.filter(state=ZoneState.IN_FORCE).order_by("number")
        zone = closed[number % max(closed.count(), 1)] if closed else None
        home = zones.households(zone).order_by("pk")[number : number + 1].first() if zone else None
        if home is None:
            return
        self.tried(partial(self._take, home, call, at))
        answered = call.get("answered")
        if answered is not None:
            self.later(at + timedelta(minutes=float(answered["value"])), partial(self._bring, home))

    def _take(self, home: Household, call: dict[str, Any], at: datetime) -> None:
        needs.take(
            kind=NeedKind(call["kind"]),
            household=home.pk,
            words=call["words"],
            by=self.replay.by(Role.DUTY_OFFICER, home.division[:6]),
            at=at,
        )

    def _bring(self, home: Household, at: datetime) -> None:
        running = Order.objects.filter(household=home, state=OrderState.ISSUED).select_related("addressee")
        for order in running.order_by("pk"):
            self._finish(order, "已送达", at)

    # --- whoever is seated there ---

    def _finish(self, order: Order, proof: str, at: datetime, *, figure: float | None = None) -> None:
        by = self._hand(order.addressee)
        received = at - (at - order.issued_at) / 2
        self.tried(partial(handled.receive, order=order.pk, by=by, at=received))
        self.tried(partial(handled.finish, order=order.pk, proof=proof, figure=figure, by=by, at=at))

    def _hand(self, body: Organisation, *first: Role) -> Actor:
        seats = self.replay.actors
        found = next(
            (seats[body.code, role] for role in (*first, *HANDS) if (body.code, role) in seats), None
        )
        return found or self.replay.by(Role.DUTY_OFFICER, body.division)


def _measured(check: int, kind: CheckKind) -> tracing_checks.Measured:
    """A healthy day: between 36.2 and 36.8 degrees, told apart by the number."""
    if kind is CheckKind.TEMPERATURE:
        return tracing_checks.Measured(check=check, celsius=36.2 + check % 7 / 10)
    return tracing_checks.Measured(check=check, value=ResultValue.NEGATIVE)


def _minutes(name: str) -> timedelta:
    return timedelta(minutes=numbers.load("response").number("acts", name))
