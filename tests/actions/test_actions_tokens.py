"""Tokens for programs: what they may carry, how long, and how they end."""

from datetime import datetime, timedelta

import pytest

from liankong.actions import Forbidden, Refused, tokens
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import ApiToken, Entry, User
from liankong.vocabulary.kinds import Role
from tests.support.town import Town, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(at: datetime) -> Town:
    with node_scope():
        return build(at)


def make(by: Actor, at: datetime, *, days: float = 30, scopes: tuple[str, ...] = ("look",)) -> tokens.Issued:
    assert by.user is not None
    return tokens.create(
        user=by.user,
        name="laboratory machine",
        scopes=scopes,
        expires_at=at + timedelta(days=days),
        by=by,
        at=at,
    )


def test_a_token_is_a_secret_of_256_bits_that_no_two_share(town: Town, at: datetime) -> None:
    with node_scope():
        first, second = make(town[Role.LAB_OFFICER], at), make(town[Role.LAB_OFFICER], at)
    assert first.secret.startswith("lk_")
    assert len(first.secret) >= 3 + 43
    assert first.secret != second.secret
    assert first.secret not in repr(first)


def test_the_secret_opens_the_token_and_nothing_else_does(town: Town, at: datetime) -> None:
    with node_scope():
        issued = make(town[Role.LAB_OFFICER], at)
    assert tokens.authenticate(issued.secret, at=at) == issued.token
    for wrong in ("", "lk_", issued.secret[:-1], issued.secret + "x", "\ud800", "密钥"):
        assert tokens.authenticate(wrong, at=at) is None


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_token_ends_within_a_year_and_not_in_the_past(town: Town, at: datetime, days: int) -> None:
    with node_scope(), pytest.raises(Refused) as refused:
        make(town[Role.LAB_OFFICER], at, days=days)
    assert refused.value.field == "expires_at"


@pytest.mark.parametrize("scopes", [(), ("look", "registry.reveal"), ("no.such",)])
def test_a_token_carries_at_least_one_right_and_only_its_users_own(
    town: Town, at: datetime, scopes: tuple[str, ...]
) -> None:
    with node_scope(), pytest.raises(Refused) as refused:
        make(town[Role.LAB_OFFICER], at, scopes=scopes)
    assert refused.value.field == "scopes"


def test_somebody_with_twenty_tokens_must_revoke_one_first(town: Town, at: datetime) -> None:
    by = town[Role.LAB_OFFICER]
    with node_scope():
        issued = [make(by, at) for _ in range(tokens.MOST)]
        with pytest.raises(Refused, match="revoke one first"):
            make(by, at)
        tokens.revoke(token=issued[0].token.pk, by=by, at=at)
        make(by, at)


def test_a_token_can_be_ended_by_its_owner_and_by_who_manages_users_and_nobody_else(
    town: Town, at: datetime
) -> None:
    with node_scope():
        first, second = make(town[Role.LAB_OFFICER], at), make(town[Role.LAB_OFFICER], at)
        with pytest.raises(Forbidden):
            tokens.revoke(token=first.token.pk, by=town[Role.COMMANDER], at=at)
        tokens.revoke(token=first.token.pk, by=town[Role.LAB_OFFICER], at=at)
        tokens.revoke(token=second.token.pk, by=town[Role.ADMINISTRATOR], at=at)
        assert ApiToken.objects.filter(revoked_at__isnull=True).count() == 0


def test_revoking_twice_is_recorded_once(town: Town, at: datetime) -> None:
    by = town[Role.LAB_OFFICER]
    with node_scope():
        token = make(by, at).token.pk
        tokens.revoke(token=token, by=by, at=at)
        tokens.revoke(token=token, by=by, at=at + timedelta(hours=1))
        assert Entry.objects.filter(kind="TokenRevoked", subject=token).count() == 1
        assert ApiToken.objects.get(pk=token).revoked_at == at


def test_who_must_change_a_password_must_do_so_before_their_programs_go_on(town: Town, at: datetime) -> None:
    with node_scope():
        issued = make(town[Role.LAB_OFFICER], at)
        User.objects.filter(pk=issued.token.user_id).update(must_change_password=True)
    assert tokens.authenticate(issued.secret, at=at) is None


def test_the_time_of_use_is_kept_and_not_written_at_every_request(town: Town, at: datetime) -> None:
    with node_scope():
        issued = make(town[Role.LAB_OFFICER], at)

    def used() -> datetime | None:
        with node_scope():
            return ApiToken.objects.get(pk=issued.token.pk).last_used_at

    tokens.authenticate(issued.secret, at=at)
    assert used() == at
    tokens.authenticate(issued.secret, at=at + timedelta(seconds=30))
    assert used() == at
    tokens.authenticate(issued.secret, at=at + timedelta(minutes=2))
    assert used() == at + timedelta(minutes=2)
