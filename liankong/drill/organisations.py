"""Headquarters, offices, departments, streets, CDCs, hospitals, laboratories; their posts and who fills them.

Order matters to a loader: a parent comes before its children, an organisation before its posts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from liankong.drill import numbers
from liankong.drill.communities import home_district
from liankong.drill.identities import person_name
from liankong.drill.records import Organisation, Post, User
from liankong.vocabulary import divisions
from liankong.vocabulary.kinds import OrganisationKind, Role


@dataclass(frozen=True, slots=True)
class Structure:
    """The dated structure of the command, with every post filled by a generated user."""

    organisations: tuple[Organisation, ...]
    users: tuple[User, ...]
    posts: tuple[Post, ...]

    def of_kind(self, kind: OrganisationKind) -> tuple[Organisation, ...]:
        return tuple(item for item in self.organisations if item.kind is kind)


@cache
def structure(seed: int) -> Structure:
    """The command of Tianjin and its sixteen districts in the winter of 2021-22, from `data/organisations.toml`."""
    organisations = tuple(_organisations())
    users: list[User] = []
    posts: list[Post] = []
    for organisation in organisations:
        for number, spec in enumerate(_posts_of(organisation)):
            username = f"{_slug(organisation)}.{spec['role'].replace('_', '-')}"
            name = person_name(seed, len(users), male=(len(users) + number) % 2 == 0)
            users.append(
                User(
                    username=username,
                    name=name,
                    organisation=organisation.code,
                    division=organisation.division,
                )
            )
            posts.append(
                Post(
                    organisation=organisation.code,
                    title=spec["title"],
                    english=spec["english"],
                    role=Role(spec["role"]),
                    user=username,
                    from_at=organisation.from_at,
                )
            )
    return Structure(organisations, tuple(users), tuple(posts))


def street_code(division: str) -> str:
    """Code of the street office that answers for a community or street."""
    return f"street-{division[:9]}"


def _organisations() -> Iterator[Organisation]:
    data = numbers.load("organisations")
    city = str(data.node("city", "division"))
    yield from _city(city, data.tree)
    for district in data.node("districts"):
        yield from _district(district, city, data.tree)
    home = home_district()
    for street in sorted(divisions.children(home), key=lambda item: item.code):
        yield _body(
            f"street-{street.code}", street.name, "", OrganisationKind.STREET, street.code, f"hq-{home}"
        )
    for number, spec in enumerate(data.node("service"), start=1):
        kind = OrganisationKind(spec["kind"])
        name, english = spec["name"]["value"], spec["english"]
        yield _body(f"{kind.value}-{number}", name, english, kind, home, f"hq-{home}")
    for kind in (OrganisationKind.HOSPITAL, OrganisationKind.LABORATORY):
        for number, spec in enumerate(data.node(kind.value), start=1):
            name, english = spec["name"]["value"], spec["english"]
            yield _body(f"{kind.value}-{number}", name, english, kind, spec["division"], f"hq-{city}")


def _city(city: str, tree: Any) -> Iterator[Organisation]:
    hq = f"hq-{city}"
    name = divisions.get(city).name
    words = tree["headquarters"]
    yield _body(
        hq,
        name + words["suffix"],
        f"{divisions.get(city).english} {words['english']}",
        OrganisationKind.HEADQUARTERS,
        city,
        None,
    )
    office, commission = tree["office"], tree["commission"]
    yield _body(f"office-{city}", name + office["name"], office["english"], OrganisationKind.OFFICE, city, hq)
    for number, spec in enumerate(tree["department"], start=1):
        known = spec["name"]["grade"] != "X"
        code = f"department-{city}-{number}"
        title, english = spec["name"]["value"], spec["english"]
        yield _body(code, title, english, OrganisationKind.DEPARTMENT, city, hq, name_known=known)
    code, title, english = f"commission-{city}", commission["name"], commission["english"]
    yield _body(code, title, english, OrganisationKind.COMMISSION, city, hq)
    sub = tree["sub_headquarters"]
    division = sub["division"]
    yield _body(
        f"sub-{division}",
        sub["name"]["value"],
        sub["english"],
        OrganisationKind.SUB_HEADQUARTERS,
        division,
        hq,
        from_at=_moment(sub["from_at"]["value"]),
    )


def _district(district: str, city: str, tree: Any) -> Iterator[Organisation]:
    name, english = divisions.get(district).name, divisions.get(district).english
    words, cdc = tree["headquarters"], tree["cdc"]
    hq, kind = f"hq-{district}", OrganisationKind.HEADQUARTERS
    yield _body(hq, name + words["suffix"], f"{english} {words['english']}", kind, district, f"hq-{city}")
    kind = OrganisationKind.CDC
    yield _body(f"cdc-{district}", name + cdc["suffix"], f"{english} {cdc['english']}", kind, district, hq)


def _body(
    code: str,
    name: str,
    english: str,
    kind: OrganisationKind,
    division: str,
    parent: str | None,
    *,
    from_at: datetime | None = None,
    name_known: bool = True,
) -> Organisation:
    return Organisation(
        code=code,
        name=name,
        english=english,
        kind=kind,
        division=division,
        parent=parent,
        from_at=from_at or _moment(numbers.load("organisations").value("standing", "from_at")),
        name_known=name_known,
    )


def _posts_of(organisation: Organisation) -> list[Any]:
    city = numbers.load("organisations").node("city", "division")
    return [
        spec
        for spec in numbers.load("organisations").node("post")
        if spec["kind"] == organisation.kind.value
        and (spec.get("at") != "city" or organisation.division == city)
    ]


def _slug(organisation: Organisation) -> str:
    """`jinnan` for a district's headquarters, `tianjin` for the city's, `jinnan-cdc`, `street-120112100`, ..."""
    data = numbers.load("organisations")
    place = data.node("districts").get(organisation.division, data.node("city", "slug"))
    if organisation.kind is OrganisationKind.HEADQUARTERS:
        return str(place)
    if organisation.kind is OrganisationKind.CDC:
        return f"{place}-cdc"
    if organisation.kind is OrganisationKind.SUB_HEADQUARTERS:
        return f"{place}-sub"
    if organisation.kind in (OrganisationKind.OFFICE, OrganisationKind.COMMISSION):
        return f"{place}-{organisation.kind.value}"
    return organisation.code


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
