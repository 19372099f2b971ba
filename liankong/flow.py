"""The whole response on one page: which verbs answer which fact.

Read from top to bottom it is what happens after a positive. Each verb runs as a job of its own, deferred in the
transaction that recorded the fact: nothing is lost between a commit and its consequences, and one verb that fails
holds up only itself. A verb marks the fact as answered in its own transaction; when it runs a second time it finds the
mark and leaves nothing behind.
"""

import logging
from collections import deque
from collections.abc import Callable

from django.conf import settings
from django.db import close_old_connections, transaction
from django.utils.module_loading import import_string
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app as jobs

from liankong.actions import audit, bulletins, cases, lab, orders
from liankong.store import log
from liankong.store.access import node_scope
from liankong.store.log import Actor, AlreadyRecorded
from liankong.store.models import Entry
from liankong.vocabulary import facts
from liankong.vocabulary.facts import Fact

Verb = Callable[..., object]

FLOW: dict[type[Fact], tuple[Verb, ...]] = {
    # A laboratory reports.
    facts.ResultReported: (lab.recall_pool, lab.close_reswab, cases.open_from_result),
    # A pool is positive: its members are re-swabbed, each answer comes back to the top.
    facts.PoolRecalled: (),
    # A case stands: it must be reported in time, and reviewed by experts.
    facts.CaseOpened: (cases.order_report, cases.order_review),
    # A class was set or changed by a person: the review that asked for it is answered.
    facts.CaseClassified: (cases.close_review,),
    # It was reported: the clock stops.
    facts.CaseReported: (cases.close_report,),
    # A correction was signed: what stood before is superseded.
    facts.BulletinSigned: (bulletins.supersede,),
}

# Clock -> verb that runs with it, once a minute each.
CLOCKS: tuple[Verb, ...] = (orders.mark_overdue, audit.seal)

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
        for verb in verbs:
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
