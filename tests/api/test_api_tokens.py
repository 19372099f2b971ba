"""A token opens what its user may do, from its user's post, until it ends; and nothing else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from liankong.actions import organisations, tokens
from liankong.store.access import node_scope, scope
from liankong.store.models import ApiToken, Entry, User
from liankong.vocabulary.kinds import OrganisationKind, Role
from liankong.web.api.limits import Rate
from tests.support import rows
from tests.support.programs import Program
from tests.support.town import BUILDER, NANKAI, Town, seat

MakeProgram = Callable[..., Program]


def neighbour(town: Town, at: datetime, role: Role = Role.EPIDEMIOLOGIST) -> Any:
    """Somebody of Nankai, the district next door."""
    with node_scope():
        body = organisations.found(
            code="nankai",
            kind=OrganisationKind.HEADQUARTERS,
            division=NANKAI,
            name="nankai",
            from_at=at - timedelta(days=30),
            by=BUILDER,
            at=at,
        )
        return seat(role, body, at=at - timedelta(days=1))


def case_in_jinnan(town: Town, at: datetime) -> int:
    with node_scope():
        return rows.case(outbreak=town.outbreak, division="120112101001", at=at).pk


def test_a_program_learns_who_it_is_and_what_it_may_do(program: MakeProgram) -> None:
    answer = program(Role.EPIDEMIOLOGIST, "look", "cases.classify").get("/me")
    assert answer.status_code == 200
    told = answer.json()
    assert told["permissions"] == ["cases.classify", "look"]
    assert told["post"]["role"] == "epidemiologist"
    assert told["division"] == "120112"


def test_a_district_reads_its_own_case(program: MakeProgram, town: Town, at: datetime) -> None:
    case = case_in_jinnan(town, at)
    answer = program(Role.EPIDEMIOLOGIST).get(f"/cases/{case}")
    assert answer.status_code == 200
    assert answer.json()["division"] == "120112101001"


def test_a_neighbours_case_does_not_exist_for_a_district(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    case = case_in_jinnan(town, at)
    stranger = program(neighbour(town, at))
    assert stranger.get(f"/cases/{case}").status_code == 404
    assert stranger.get("/cases").json()["items"] == []
    refused = stranger.post(f"/cases/{case}/classify", {"classification": "confirmed", "reason": "a reason"})
    assert refused.status_code == 404


def test_a_revoked_token_is_refused_at_once(program: MakeProgram) -> None:
    caller = program(Role.EPIDEMIOLOGIST)
    assert caller.get("/me").status_code == 200
    assert caller.post(f"/me/tokens/{caller.token}/revoke").status_code == 200
    answer = caller.get("/me")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_an_expired_token_is_refused(program: MakeProgram, settings: Any, at: datetime) -> None:
    caller = program(Role.EPIDEMIOLOGIST, days=1)
    settings.LIANKONG_CLOCK = lambda: at + timedelta(days=1)
    assert caller.get("/me").status_code == 401


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}, {"Authorization": "Bearer lk_guess"}])
def test_without_a_token_of_ours_nothing_opens(client: Any, town: Town, headers: dict[str, str]) -> None:
    assert client.get("/api/v1/cases", headers=headers).status_code == 401


def test_a_token_of_a_disabled_user_is_refused(program: MakeProgram) -> None:
    caller = program(Role.EPIDEMIOLOGIST)
    with node_scope():
        User.objects.filter(pk=caller.actor.user).update(is_active=False)
    assert caller.get("/me").status_code == 401


def test_a_token_never_outlives_the_rights_of_its_users_post(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    case = case_in_jinnan(town, at)
    caller = program(Role.EPIDEMIOLOGIST)
    with node_scope():
        User.objects.get(pk=caller.actor.user).holdings.update(until_at=at)
    assert caller.get(f"/cases/{case}").status_code == 403


def test_a_token_cannot_be_made_with_rights_that_its_user_lacks(
    town: Town, program: MakeProgram, at: datetime
) -> None:
    with pytest.raises(ValueError, match=r"you do not have: bulletins\.sign"):
        program(Role.EPIDEMIOLOGIST, "look", "bulletins.sign")


def test_a_token_with_fewer_rights_than_its_user_has_only_those(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    case = case_in_jinnan(town, at)
    looking = program(Role.EPIDEMIOLOGIST, "look")
    assert looking.get(f"/cases/{case}").status_code == 200
    answer = looking.post(f"/cases/{case}/classify", {"classification": "confirmed", "reason": "a reason"})
    assert answer.status_code == 403


def test_a_laboratorys_machine_that_may_only_report_reads_nothing(program: MakeProgram) -> None:
    machine = program(Role.LAB_OFFICER, "lab.report")
    assert machine.get("/me").status_code == 200
    assert machine.get("/cases").status_code == 403
    assert machine.get("/results").status_code == 403


def test_nobody_makes_a_token_for_somebody_else(town: Town, at: datetime) -> None:
    administrator, victim = town[Role.ADMINISTRATOR], town[Role.COMMANDER]
    assert victim.user is not None
    with node_scope(), pytest.raises(ValueError, match="only be made by the user"):
        tokens.create(
            user=victim.user,
            name="p",
            scopes=["look"],
            expires_at=at + timedelta(days=1),
            by=administrator,
            at=at,
        )


def test_only_a_hash_of_a_token_is_kept_and_the_log_does_not_hold_it(program: MakeProgram) -> None:
    caller = program(Role.EPIDEMIOLOGIST)
    with node_scope():
        kept = ApiToken.objects.get(pk=caller.token)
        assert caller.secret.encode() not in bytes(kept.digest)
        entry = Entry.objects.get(kind="TokenIssued", subject=caller.token)
        assert caller.secret not in str(entry.body)


def test_a_post_is_chosen_by_header_and_only_among_ones_own(program: MakeProgram, town: Town) -> None:
    caller = program(Role.EPIDEMIOLOGIST)
    own = caller.get("/me").json()["post"]["post"]
    assert caller.get("/me", **{"Liankong-Post": str(own)}).status_code == 200
    other = town[Role.COMMANDER].post
    assert caller.get("/me", **{"Liankong-Post": str(other)}).status_code == 403
    assert caller.get("/me", **{"Liankong-Post": "x"}).status_code == 403


def test_a_program_that_asks_too_often_is_told_how_long_to_wait(program: MakeProgram, settings: Any) -> None:
    settings.LIANKONG_API_RATES = {"token": Rate(per_minute=60, burst=3)}
    caller = program(Role.EPIDEMIOLOGIST)
    answers = [caller.get("/me") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1]["Content-Type"] == "application/problem+json"
    assert answers[-1]["Retry-After"] == "1"
    # Another program is not held up by it.
    assert program(Role.COMMANDER).get("/me").status_code == 200


def test_an_address_that_keeps_sending_wrong_tokens_is_made_to_wait(
    client: Any, town: Town, settings: Any
) -> None:
    settings.LIANKONG_API_RATES = {"refused": Rate(per_minute=1, burst=2)}
    wrong = {"headers": {"Authorization": "Bearer lk_wrong"}, "REMOTE_ADDR": "10.9.9.9"}
    seen = [client.get("/api/v1/me", **wrong) for _ in range(3)]
    assert [answer.status_code for answer in seen] == [401, 401, 429]
    assert 55 <= int(seen[-1]["Retry-After"]) <= 60


def test_breaking_the_glass_widens_sight_for_a_token_that_carries_the_right(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    case = case_in_jinnan(town, at)
    stranger = neighbour(town, at)
    narrow, wide = program(stranger, "look"), program(stranger)
    assert wide.post("/me/glass", {"division": "12", "why": "contact of a case there"}).status_code == 201
    assert wide.get(f"/cases/{case}").status_code == 200
    assert narrow.get(f"/cases/{case}").status_code == 404


def test_the_scope_of_a_request_ends_with_it(program: MakeProgram) -> None:
    program(Role.EPIDEMIOLOGIST).get("/cases")
    assert not User.objects.exists()
    with scope("12"):
        assert User.objects.exists()
