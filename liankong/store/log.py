"""The log: a fact is recorded in the transaction that makes it true, and its consequences are deferred with it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection
from django.utils import timezone
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task
from procrastinate.types import JSONValue

from liankong.store.models import Answer, Entry
from liankong.vocabulary.facts import Fact

CHANNEL = "liankong_log"
ONCE = ("entry_cause_once", "entry_message_once")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a named person in a post, or a rule answering a fact (`rule` then names it)."""

    user: int | None = None
    post: int | None = None
    organisation: int | None = None
    division: str = ""
    rule: str = ""
    permissions: frozenset[str] = field(default_factory=frozenset)

    @property
    def named(self) -> bool:
        return self.user is not None


class AlreadyRecorded(Exception):
    """The fact stands already: this reaction ran before, or this message came twice."""


# Fact -> names of the jobs that answer it; filled by flow.install().
REACTIONS: dict[str, tuple[str, ...]] = {}
# Job -> field of a fact -> the values that concern it; filled likewise.
ONLY: dict[str, Mapping[str, Collection[object]]] = {}

Consequence = tuple[str, int]
_COLLECTED: ContextVar[list[Consequence] | None] = ContextVar("collected", default=None)


def answering(fact: Fact) -> list[str]:
    """The jobs that answer this very fact. A field that the fact does not have rules nothing out."""
    return [
        job
        for job in REACTIONS.get(fact.kind, ())
        if all(getattr(fact, name, None) in values or not hasattr(fact, name) for name, values in _only(job))
    ]


def _only(job: str) -> Iterable[tuple[str, Collection[object]]]:
    return ONLY.get(job, {}).items()


@contextmanager
def collecting() -> Iterator[list[Consequence]]:
    """Hand the consequences (job, entry) to the caller instead of the queue.

    For a replay that must finish each answer before the next event; whoever collects must run them.
    """
    collected: list[Consequence] = []
    token = _COLLECTED.set(collected)
    try:
        yield collected
    finally:
        _COLLECTED.reset(token)


@cache
def _queue() -> JobManager:
    """The job queue over Django's own connection.

    Inside a worker the application's connector is the worker's, which would defer at once, outside the transaction:
    the consequence could run before its cause is committed, and would survive a rollback.
    """
    return JobManager(DjangoConnector(alias=DEFAULT_DB_ALIAS))


def record(
    fact: Fact,
    *,
    subject: int,
    division: str,
    by: Actor,
    at: datetime,
    cause: Entry | None = None,
    protocol: str = "",
    message: str | None = None,
) -> Entry:
    """Append the fact and defer one job for each verb that answers it, all in the caller's transaction.

    Raises AlreadyRecorded when the same cause has already led to the same fact about the same subject, or when
    `message` (the sender's own number) is known. The caller's transaction must then be rolled back.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"{fact.kind} was recorded outside a transaction")
    try:
        entry = Entry.objects.create(
            kind=fact.kind,
            subject_kind=fact.subject_kind,
            subject=subject,
            division=division,
            body=fact.body(),
            by=by.user,
            post=by.post,
            rule=by.rule,
            protocol=protocol,
            cause=cause.pk if cause else None,
            message=message,
            occurred_at=at,
            recorded_at=timezone.now(),
        )
    except IntegrityError as error:
        if any(name in str(error) for name in ONCE):
            raise AlreadyRecorded(fact.kind) from error
        raise
    collected = _COLLECTED.get()
    for job in answering(fact):
        if collected is None:
            configure_task(name=job, job_manager=_queue()).defer(entry=entry.pk)
        else:
            collected.append((job, entry.pk))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{entry.pk}:{division}:{fact.kind}"])
    return entry


@dataclass(frozen=True, slots=True)
class Told:
    """One of many facts that are recorded together: the fact, what it is about, and where."""

    fact: Fact
    subject: int
    division: str


def record_all(
    told: Sequence[Told],
    *,
    by: Actor,
    at: datetime,
    cause: Entry | None = None,
    protocol: str = "",
) -> list[Entry]:
    """Append many facts as `record` appends one: a statement for the entries, one for each kind of job, one to tell.

    Raises AlreadyRecorded when one of them stands already.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("facts were recorded outside a transaction")
    if not told:
        return []
    rows = [
        Entry(
            kind=one.fact.kind,
            subject_kind=one.fact.subject_kind,
            subject=one.subject,
            division=one.division,
            body=one.fact.body(),
            by=by.user,
            post=by.post,
            rule=by.rule,
            protocol=protocol,
            cause=cause.pk if cause else None,
            occurred_at=at,
            recorded_at=timezone.now(),
        )
        for one in told
    ]
    try:
        entries = Entry.objects.bulk_create(rows)
    except IntegrityError as error:
        if any(name in str(error) for name in ONCE):
            raise AlreadyRecorded(told[0].fact.kind) from error
        raise
    collected = _COLLECTED.get()
    jobs: dict[str, list[int]] = {}
    for entry, one in zip(entries, told, strict=True):
        for job in answering(one.fact):
            jobs.setdefault(job, []).append(entry.pk)
    for job, keys in jobs.items():
        if collected is None:
            arguments: list[dict[str, JSONValue]] = [{"entry": key} for key in keys]
            configure_task(name=job, job_manager=_queue()).batch_defer(*arguments)
        else:
            collected.extend((job, key) for key in keys)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_notify(%s, note) FROM unnest(%s::text[]) AS note",
            [CHANNEL, [f"{entry.pk}:{entry.division}:{entry.kind}" for entry in entries]],
        )
    return entries


def answer_once(entry: Entry, verb: str) -> None:
    """Mark the fact as answered by the verb, in the verb's transaction. Raises AlreadyRecorded when it was."""
    try:
        Answer.objects.create(entry=entry.pk, verb=verb)
    except IntegrityError as error:
        if "answer_once" in str(error):
            raise AlreadyRecorded(verb) from error
        raise
