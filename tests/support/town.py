"""A small headquarters with its people, for story tests: who may do what, in a district with an open outbreak."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from liankong.actions import lab, organisations, outbreaks
from liankong.rules.access import permissions
from liankong.store.log import Actor
from liankong.store.models import Organisation, Outbreak, Person, Tube
from liankong.vocabulary.kinds import OrganisationKind, Role, TubeKind
from support import rows

CITY, JINNAN, NANKAI = "12", "120112", "120104"
COMMUNITY = "120112101001"
BUILDER = Actor(rule="test")


@dataclass(frozen=True)
class Town:
    """`district` and `cdc` answer for Jinnan, `city` for the whole; `actors` by role, all of Jinnan's headquarters."""

    city: Organisation
    district: Organisation
    cdc: Organisation
    outbreak: Outbreak
    actors: dict[Role, Actor]

    def __getitem__(self, role: Role) -> Actor:
        return self.actors[role]


def build(at: datetime, *, protocol: str = "CN-COV-v8") -> Town:
    """Needs an open node scope."""
    start = at - timedelta(days=30)

    def found(
        code: str, kind: OrganisationKind, division: str, parent: Organisation | None = None
    ) -> Organisation:
        return organisations.found(
            code=code,
            kind=kind,
            division=division,
            name=code,
            parent=parent,
            from_at=start,
            by=BUILDER,
            at=start,
        )

    city = found("city", OrganisationKind.HEADQUARTERS, CITY)
    district = found("jinnan", OrganisationKind.HEADQUARTERS, JINNAN, city)
    cdc = found("jinnan-cdc", OrganisationKind.CDC, JINNAN, district)
    actors = {}
    for role in Role:
        body = cdc if role in (Role.EPIDEMIOLOGIST, Role.LAB_OFFICER) else district
        actors[role] = seat(role, body, at=start)
    outbreak = outbreaks.open_outbreak(
        code="jinnan-2022",
        name="津南疫情",
        english="Jinnan outbreak",
        pathogen="covid19",
        protocol=protocol,
        division=CITY,
        baseline_on=date(2022, 1, 8),
        by=BUILDER,
        at=start,
    )
    return Town(city, district, cdc, outbreak, actors)


def seat(role: Role, body: Organisation, *, at: datetime) -> Actor:
    """A new user in a new post of that role."""
    user = organisations.create_user(
        username=f"{role}-{body.code}", name="", division=body.division, password=None, by=BUILDER, at=at
    )
    post = organisations.create_post(organisation=body.pk, title=role, role=role, by=BUILDER, at=at)
    organisations.fill_post(post=post.pk, user=user.pk, by=BUILDER, at=at)
    return Actor(
        user=user.pk,
        post=post.pk,
        organisation=body.pk,
        division=body.division,
        permissions=permissions(frozenset({role})),
    )


def tube(
    town: Town, at: datetime, *, kind: TubeKind = TubeKind.SINGLE, people: int = 1, code: str = "T1"
) -> Tube:
    members = [rows.person(division=COMMUNITY, at=at) for _ in range(people)]
    return tube_of(town, members, at, kind=kind, code=code)


def tube_of(
    town: Town, members: list[Person], at: datetime, *, kind: TubeKind = TubeKind.SINGLE, code: str
) -> Tube:
    return lab.register_tube(
        code=code,
        kind=kind,
        persons=[member.pk for member in members],
        division=COMMUNITY,
        sampled_at=at - timedelta(hours=6),
        by=town[Role.LAB_OFFICER],
        at=at,
    )
