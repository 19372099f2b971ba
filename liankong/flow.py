"""The whole response on one page: which verbs answer which fact.

Read from top to bottom it is what happens after a positive. Each verb runs as a job of its own, deferred in the
transaction that recorded the fact: nothing is lost between a commit and its consequences, and one verb that fails
holds up only itself. A verb marks the fact as answered in its own transaction; when it runs a second time it finds the
mark and leaves nothing behind.
"""

import logging
from collections import deque
from collections.abc import Callable, Collection

from django.conf import settings
from django.db import close_old_connections, transaction
from django.utils.module_loading import import_string
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app as jobs

from liankong.actions import (
    audit,
    bulletins,
    cases,
    cases_source,
    inquiries,
    investigation,
    isolation,
    isolation_stay,
    isolation_trips,
    lab,
    needs,
    needs_standing,
    orders_clocks,
    orders_waiting,
    tracing,
    zones,
)
from liankong.store import log
from liankong.store.access import node_scope
from liankong.store.log import Actor, AlreadyRecorded
from liankong.store.models import Entry
from liankong.vocabulary import facts
from liankong.vocabulary.facts import Fact
from liankong.vocabulary.kinds import OrderKind, PersonClass, ResultValue, TubeKind

Verb = Callable[..., object]
POOLS = set(TubeKind) - {TubeKind.SINGLE}

FLOW: dict[type[Fact], tuple[Verb, ...]] = {
    # A laboratory reports.
    facts.ResultReported: (lab.recall_pool, lab.close_reswab, cases.open_from_result, tracing.on_result),
    # A pool is positive: its members are re-swabbed, each answer comes back to the top.
    facts.PoolRecalled: (),
    # A case stands: it must be reported in time.
    facts.CaseOpened: (
        cases.order_report,
        investigation.open_investigation,
        zones.propose,
        tracing.contact_became_case,
        tracing.propose_household,
        tracing.find_known,
    ),
    # It was reported: that clock stops. The CDC has it now, and from here runs the clock of the experts' review.
    facts.CaseReported: (cases.close_report, cases.order_review),
    # A class was set or changed by a person: the review that asked for it is answered.
    facts.CaseClassified: (
        cases.close_review,
        zones.on_case,
        tracing.recompute_of_case,
        investigation.close_excluded,
    ),
    # An order is closed: whatever waited for it alone may go on.
    facts.OrderDone: (orders_waiting.release, isolation_trips.on_order_done, zones.on_disinfection),
    facts.OrderCancelled: (orders_waiting.release, isolation.on_order_cancelled),
    # A hospital sent a need back, or has not answered an emergency: an incident, and the next hospital is told.
    facts.OrderReturned: (needs.on_returned,),
    facts.OrderOverdue: (needs.on_overdue,),
    # Contacts are confirmed, one or a hundred: who is elsewhere is asked for there, all in one answer each.
    facts.ContactsSigned: (inquiries.draft_if_elsewhere, isolation.propose, zones.on_contact),
    # A letter to another headquarters was signed: it is laid before the receiver.
    facts.InquirySent: (inquiries.deliver,),
    # The receiver has it: if it was forwarded, the forwarder is free of it.
    facts.InquiryReceived: (inquiries.hand_over,),
    # Answered: the answer to what was forwarded goes back to who asked.
    facts.InquiryAnswered: (inquiries.relay,),
    # Not enough: the receiver works again. Enough: with the last request its job ends.
    facts.InquiryReturned: (inquiries.reopen,),
    facts.InquiryClosed: (inquiries.settle,),
    # The class changed: the place is proposed anew.
    facts.ContactReclassified: (isolation.repropose,),
    # The day of release moved: the stay is dated anew.
    facts.ContactRedated: (isolation.redate,),
    # No contact after all: transfers are called off, whoever is inside is proposed for release.
    facts.ContactRejected: (isolation.withdraw,),
    # Released by signature: home isolation ends, a site's stay goes to its checklist.
    facts.ContactReleased: (isolation_stay.on_contact_released,),
    # A contact is infected: a move to hospital is proposed.
    facts.ContactBecameCase: (isolation.contact_became_case, zones.on_contact_case),
    # That case was excluded: they are kept apart as a contact again.
    facts.ContactReopened: (isolation.contact_reopened,),
    # Somebody whom another headquarters asked for is under control here.
    facts.InquiryControlled: (isolation.propose_for_inquiry,),
    # The course changed: somebody left a zone for a hospital, and its days may count from there.
    facts.CaseCourseRecorded: (zones.on_case, tracing.recompute_of_case),
    # A track is confirmed: its places are looked at.
    facts.TrackConfirmed: (investigation.close_track, zones.propose_around, tracing.find_contacts),
    # The preliminary report is filed: its clock stops.
    facts.InvestigationReported: (investigation.close_preliminary,),
    # A source was taken: the case has it.
    facts.SourceAccepted: (cases_source.take_source,),
    # A contact was moved out of a zone: its days may count from there.
    facts.ContactControlled: (zones.on_contact,),
    # A person signed a zone: its measures go out, and the rest of its county is looked at.
    facts.ZoneApproved: (zones.order_measures, zones.propose_rest),
    # A zone has ended, by a signature or by its date: nothing more is to be done in it.
    facts.ZoneLifted: (zones.close_measures,),
    facts.ZoneExpired: (zones.close_measures,),
    # A contact has arrived where they are kept apart: from now on they meet nobody.
    facts.PersonArrived: (tracing.contact_controlled,),
    # A correction was signed: what stood before is superseded.
    facts.BulletinSigned: (bulletins.supersede,),
}

# Verb -> field of the fact -> the values that concern it. The verb is not even asked about the others: most results are
# negative, most orders that are done are neither a move nor a disinfection.
ONLY: dict[Verb, dict[str, Collection[object]]] = {
    lab.recall_pool: {"tube_kind": POOLS, "value": {ResultValue.POSITIVE}},
    lab.close_reswab: {"tube_kind": {TubeKind.SINGLE}, "value": {ResultValue.POSITIVE, ResultValue.NEGATIVE}},
    cases.open_from_result: {"value": {ResultValue.POSITIVE}},
    investigation.close_excluded: {"after": {PersonClass.EXCLUDED}},
    tracing.recompute_of_case: {"moves_contacts": {True}},
    isolation_trips.on_order_done: {"order_kind": {OrderKind.TRANSFER, OrderKind.DOOR_KNOCK}},
    zones.on_disinfection: {"order_kind": {OrderKind.DISINFECTION, OrderKind.ENVIRONMENT_SAMPLE}},
}

# Clock -> verb that runs with it, once a minute each.
CLOCKS: tuple[Verb, ...] = (
    orders_clocks.warn,
    orders_clocks.mark_overdue,
    orders_clocks.remind,
    orders_clocks.escalate,
    inquiries.deliver_waiting,
    inquiries.mark_overdue,
    inquiries.forget,
    zones.expire,
    tracing.mark_missed,
    needs_standing.make_turns,
    audit.seal,
)

RETRY = RetryStrategy(max_attempts=20, exponential_wait=2)


def name_of(verb: Verb) -> str:
    """`cases.open_from_result`: the stage and the verb."""
    return f"{verb.__module__.rsplit('.', 1)[-1]}.{verb.__name__}"


def react(verb: Verb, entry: int) -> None:
    """Run one verb on one fact, at the time at which the fact happened: legal clocks start there, not here."""
    with node_scope():
        cause = Entry.objects.get(pk=entry)
        rule = Actor(rule=f"flow:{name_of(verb)}", division=cause.division)
        try:
            with transaction.atomic():
                log.answer_once(cause, name_of(verb))
                verb(cause=cause, by=rule, at=cause.occurred_at)
        except AlreadyRecorded:
            logging.getLogger(__name__).info(
                "reaction had run before", extra={"verb": name_of(verb), "entry": entry}
            )


def answer_now(consequences: list[log.Consequence]) -> None:
    """Run collected consequences, and theirs, in order, in this process: a replay's stand-in for the workers."""
    verbs = {name_of(verb): verb for answers in FLOW.values() for verb in answers}
    waiting = deque(consequences)
    while waiting:
        job, entry = waiting.popleft()
        with log.collecting() as further:
            react(verbs[job], entry)
        waiting.extend(further)


def install() -> None:
    """Make each verb a job and tell the log who answers what; called once when the platform starts."""
    for fact, verbs in FLOW.items():
        log.REACTIONS[fact.__name__] = tuple(name_of(verb) for verb in verbs)
    log.ONLY.update({name_of(verb): values for verb, values in ONLY.items()})
    # A verb that answers several facts is one job.
    for verb in dict.fromkeys(verb for verbs in FLOW.values() for verb in verbs):
        _job(verb)
    for verb in CLOCKS:
        _clock(verb)


def _job(verb: Verb) -> None:
    @jobs.task(name=name_of(verb), retry=RETRY)
    def run(entry: int) -> None:
        close_old_connections()
        react(verb, entry)


def _clock(verb: Verb) -> None:
    @jobs.periodic(cron="* * * * *")
    @jobs.task(name=f"clock.{name_of(verb)}", queue="clocks", queueing_lock=f"clock.{name_of(verb)}")
    def tick(timestamp: int) -> None:  # noqa: ARG001  # the scheduler's own time is not the node's
        close_old_connections()
        with node_scope():
            verb(by=Actor(rule=f"clock:{name_of(verb)}"), at=import_string(settings.LIANKONG_CLOCK)())
