"""Small rows for tests: valid, with no meaning beyond the columns that a test names."""

from datetime import date, datetime, timedelta
from itertools import count

from liankong.store import cases, log, seals
from liankong.store.log import Actor
from liankong.store.models import (
    ApiToken,
    Bulletin,
    Case,
    CaseLink,
    CaseRelation,
    GlassBreak,
    Holding,
    Household,
    Identity,
    LineListImport,
    Order,
    Organisation,
    OrganisationTerm,
    Outbreak,
    Person,
    Place,
    Post,
    PurgeCertificate,
    RejectedRow,
    Result,
    Tube,
    TubeMember,
    User,
)
from liankong.vocabulary.facts import SignedIn
from liankong.vocabulary.kinds import OrderKind, OrganisationKind, PersonClass, ResultValue, Role, TubeKind
from support import rows_response as response

_numbers = count(1)


def person(*, division: str, at: datetime) -> Person:
    return Person.objects.create(division=division, created_at=at)


def organisation(
    *,
    division: str,
    at: datetime,
    kind: OrganisationKind = OrganisationKind.HEADQUARTERS,
    name: str = "防控指挥部",
) -> Organisation:
    row = Organisation.objects.create(
        code=f"{kind}-{division}-{next(_numbers)}", kind=kind, division=division
    )
    OrganisationTerm.objects.create(
        organisation=row, name=name, english="Headquarters", from_at=at - timedelta(days=365)
    )
    return row


def outbreak(*, division: str, at: datetime, protocol: str = "CN-COV-v8") -> Outbreak:
    return Outbreak.objects.create(
        code=f"outbreak-{next(_numbers)}",
        name="本轮疫情",
        pathogen="covid19",
        protocol=protocol,
        division=division,
        baseline_on=date(2022, 1, 8),
        opened_at=at,
    )


def case(
    *,
    outbreak: Outbreak,
    division: str,
    at: datetime,
    classification: PersonClass = PersonClass.PENDING_REVIEW,
) -> Case:
    return Case.objects.create(
        outbreak=outbreak,
        number=f"C{next(_numbers):05d}",
        person=person(division=division, at=at),
        division=division,
        classification=classification,
        found_at=at,
        protocol=outbreak.protocol,
    )


def one_of_each(*, division: str, at: datetime) -> None:
    """A row in every table, all of one jurisdiction."""
    user = User.objects.create_user(f"user{next(_numbers)}", None, division=division)
    body = organisation(division=division, at=at)
    post = Post.objects.create(organisation=body, title="值班员", role=Role.DUTY_OFFICER)
    Holding.objects.create(post=post, user=user, from_at=at)
    GlassBreak.objects.create(
        user=user, division="12", why="a reason", from_at=at, until_at=at + timedelta(hours=1)
    )
    ApiToken.objects.create(user=user, name="t", digest=b"1", created_at=at, expires_at=at)
    place = Place.objects.create(name="学校", kind="school", division=division)
    Household.objects.create(division=division, dwelling=place)
    someone = person(division=division, at=at)
    Identity.objects.create(person=someone)
    tube = Tube.objects.create(
        code=f"T{next(_numbers)}", kind=TubeKind.SINGLE, division=division, sampled_at=at
    )
    TubeMember.objects.create(tube=tube, person=someone)
    Result.objects.create(tube=tube, value=ResultValue.NEGATIVE, division=division, resulted_at=at)
    spread = outbreak(division=division, at=at)
    source = LineListImport.objects.create(
        outbreak=spread, division=division, filename="f", digest="d", mapping="", created_at=at
    )
    RejectedRow.objects.create(source=source, row=2, field="age", reason="not a number")
    first = case(outbreak=spread, division=division, at=at)
    CaseLink.objects.create(case=first, infector_number="9")
    CaseRelation.objects.create(case=first, other=case(outbreak=spread, division=division, at=at))
    cases.remember(first, at=at, by=Actor(user=user.pk), reason="opened")
    Order.objects.create(
        kind=OrderKind.TASK,
        title="t",
        division=division,
        issuer=body,
        addressee=body,
        issued_at=at,
        due_at=at,
    )
    Bulletin.objects.create(
        outbreak=spread,
        division=division,
        day=date(2022, 1, 8),
        log_position=1,
        snapshot={},
        figures={},
        drafted_at=at,
    )
    PurgeCertificate.objects.create(
        division=division, retention="x", persons=0, digest="d", signature="s", issued_at=at
    )
    entry = log.record(
        SignedIn(user=user.pk), subject=user.pk, division=division, by=Actor(user=user.pk), at=at
    )
    log.answer_once(entry, "test")
    response.one_of_each(first, body=body, user=user, place=place, person=someone, at=at)


__all__ = ["Actor", "Person", "case", "log", "one_of_each", "organisation", "outbreak", "person", "seals"]
