"""The log is append-only by right, and a seal finds what somebody with more rights has changed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from support.seals import seal_all

from liankong.store import log, seals
from liankong.store.access import node_scope
from liankong.store.log import Actor, AlreadyRecorded
from liankong.store.models import Entry
from liankong.vocabulary.facts import CaseReported, SignedIn

Owner = Callable[..., list[tuple[object, ...]]]


def record(subject: int, at: datetime, **more: object) -> Entry:
    with transaction.atomic():
        return log.record(
            SignedIn(user=subject), subject=subject, division="120112", by=Actor(user=subject), at=at, **more
        )


@pytest.fixture
def sealed(transactional_db: None, at: datetime) -> list[int]:
    """Six entries under two seals."""
    seals._head().unlink(missing_ok=True)
    with node_scope():
        numbers = [record(subject, at).pk for subject in (1, 2, 3)]
        seal_all(at)
        numbers += [record(subject, at).pk for subject in (4, 5, 6)]
        seal_all(at + timedelta(minutes=1))
    return numbers


def flaws() -> list[tuple[str, int | None]]:
    with node_scope():
        return [(flaw.kind, flaw.entry) for flaw in seals.verify().flaws]


def test_an_untouched_log_verifies(sealed: list[int], at: datetime) -> None:
    with node_scope():
        record(7, at)
        verdict = seals.verify()
    assert (verdict.seals, verdict.entries, verdict.unsealed, verdict.flaws) == (2, 6, 1, ())


def test_sealing_again_with_nothing_new_makes_no_seal(sealed: list[int], at: datetime) -> None:
    with node_scope():
        assert seals.seal(at=at + timedelta(hours=1)) is None


def test_a_changed_entry_is_named(sealed: list[int], as_owner: Owner) -> None:
    as_owner("UPDATE store_entry SET body = '{\"user\": 99}' WHERE id = %s", [sealed[1]])
    assert flaws() == [("changed entry", sealed[1])]


def test_a_missing_entry_is_named(sealed: list[int], as_owner: Owner) -> None:
    as_owner("DELETE FROM store_entry WHERE id = %s", [sealed[4]])
    assert flaws() == [("missing entry", sealed[4])]


def test_an_entry_slipped_into_a_sealed_batch_is_named(sealed: list[int], as_owner: Owner) -> None:
    as_owner("ALTER TABLE store_entry DISABLE TRIGGER own_transaction")
    as_owner(
        "INSERT INTO store_entry (id, kind, subject_kind, subject, division, body, rule, protocol, occurred_at, recorded_at, xid)"
        " SELECT 999999, kind, subject_kind, 9, division, body, rule, protocol, occurred_at, recorded_at, xid"
        " FROM store_entry WHERE id = %s",
        [sealed[0]],
    )
    as_owner("ALTER TABLE store_entry ENABLE TRIGGER own_transaction")
    assert flaws() == [("inserted entry", 999999)]


def test_a_forged_seal_is_found(sealed: list[int], as_owner: Owner) -> None:
    as_owner(
        "UPDATE store_seal SET sealed_at = sealed_at + interval '1 day' WHERE id = (SELECT min(id) FROM store_seal)"
    )
    assert [kind for kind, _ in flaws()] == ["changed seal"]


def test_cutting_the_newest_seal_off_is_found(sealed: list[int], as_owner: Owner) -> None:
    as_owner("DELETE FROM store_seal WHERE id = (SELECT max(id) FROM store_seal)")
    assert [kind for kind, _ in flaws()] == ["the newest seal is not the one last made"]


def test_cutting_a_seal_out_of_the_middle_is_found(sealed: list[int], as_owner: Owner, at: datetime) -> None:
    with node_scope():
        record(8, at)
        seal_all(at + timedelta(minutes=2))
    as_owner("DELETE FROM store_seal WHERE id = (SELECT min(id) + 1 FROM store_seal)")
    assert "missing seal before" in [kind for kind, _ in flaws()]


@pytest.mark.parametrize(
    "statement", ["UPDATE store_entry SET kind = 'x'", "DELETE FROM store_entry", "TRUNCATE store_entry"]
)
@pytest.mark.django_db
def test_the_application_may_only_append(statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.django_db
def test_a_caller_cannot_choose_the_transaction_under_which_it_is_recorded() -> None:
    with node_scope(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO store_entry (kind, subject_kind, subject, division, body, rule, protocol, occurred_at, recorded_at, xid)"
            " VALUES ('SignedIn', 'user', 1, '12', '{}', '', '', now(), now(), '3') RETURNING xid = pg_current_xact_id()"
        )
        assert cursor.fetchone() == (True,)


@pytest.mark.django_db
def test_the_same_reaction_to_the_same_fact_is_recorded_once(at: datetime) -> None:
    with node_scope():
        cause = record(1, at)
        rule = Actor(rule="flow:cases.close_report")
        fact = CaseReported(case=5, late=False)
        with transaction.atomic():
            log.record(fact, subject=5, division="120112", by=rule, at=at, cause=cause)
        with pytest.raises(AlreadyRecorded), transaction.atomic():
            log.record(fact, subject=5, division="120112", by=rule, at=at, cause=cause)
        assert Entry.objects.filter(kind="CaseReported").count() == 1


@pytest.mark.django_db
def test_a_message_from_outside_is_recorded_once(at: datetime) -> None:
    with node_scope():
        record(1, at, message="peer-17")
        with pytest.raises(AlreadyRecorded):
            record(1, at, message="peer-17")


def test_a_fact_outside_a_transaction_is_refused(transactional_db: None, at: datetime) -> None:
    with node_scope(), pytest.raises(RuntimeError, match="outside a transaction"):
        log.record(SignedIn(user=1), subject=1, division="", by=Actor(user=1), at=at)
