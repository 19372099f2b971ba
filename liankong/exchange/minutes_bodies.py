"""Who is told: bodies named in minutes, and how far their names reach.

A name is a word of reach (各区, 市, 津南区) and a word for a kind of body (指挥部, 卫健委), either of which may stand
alone where it says enough. Names of the node's own organisations are recognised as they stand.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache

from liankong.exchange.minutes_model import Body, Known, Part, Reach
from liankong.exchange.minutes_words import in_order, words
from liankong.vocabulary import divisions
from liankong.vocabulary.kinds import Level, OrganisationKind

_OTHERS = r"(?:其他|其余)?\d{1,3}个(?:区县|区|县|市)"
_SHORTENED = (("新冠肺炎", ""), ("委员会", "委"), ("卫生健康委", "卫健委"), ("疾病预防控制中心", "疾控中心"))
_PLAIN_ENDS = ("区", "县", "市", "镇", "街道")
# A title in front of "应" or "要" is still the body: 各区主要负责同志要….
_BETWEEN = r"(?:党委政府|党政|主要|有关|分管)*(?:负责同志|负责人|领导)?(?:和[^，。；]{2,10})?"


@cache
def _kinds() -> dict[str, OrganisationKind]:
    """Every word for a body, with its kind."""
    return {name: OrganisationKind(kind) for kind, names in in_order("body").items() for name in names}


@cache
def _names() -> str:
    return "|".join(sorted(map(re.escape, _kinds()), key=lambda name: (-len(name), name)))


@cache
def _reaches() -> dict[str, Reach]:
    found = dict.fromkeys(words("reach", "each"), Reach.EACH)
    found |= dict.fromkeys(words("reach", "both"), Reach.BOTH)
    found |= dict.fromkeys(words("reach", "own"), Reach.ONE)
    return found | dict.fromkeys((*words("reach", "some"), *words("reach", "some_alone")), Reach.SOME)


def place_of(text: str) -> str:
    """The code of the province or city that a page names most often by its full name; "" where none stands out."""
    counts = {
        code: found
        for name, code in _large().items()
        if (found := len(re.findall(rf"{re.escape(name)}(?!区)", text)))
    }
    best = sorted(counts.items(), key=lambda item: (-item[1], len(item[0])))
    if not best or (len(best) > 1 and best[0][1] == best[1][1]):
        return ""
    return best[0][0]


@cache
def _large() -> dict[str, str]:
    provinces = {one.name: one.code for one in divisions.children()}
    cities = {
        city.name: city.code
        for code in provinces.values()
        for city in divisions.counted_below(code)
        if city.level is Level.CITY
    }
    return cities | provinces


@dataclass(slots=True)
class Bodies:
    """Recognises bodies from the standpoint of a division's headquarters; `place` may be "" (not known)."""

    place: str
    known: tuple[Known, ...] = ()
    _divisions: dict[str, str] = field(init=False)
    _aliases: dict[str, Known] = field(init=False)
    _pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        self._divisions = _division_names(self.place)
        self._aliases = {alias: one for one in self.known for alias in _aliases(one.name, self.place)}
        places = "|".join(sorted(map(re.escape, self._divisions), key=len, reverse=True)) or r"(?!)"
        reach = "|".join(sorted(map(re.escape, _reaches()), key=len, reverse=True))
        names = _names()
        self._pattern = re.compile(
            rf"(?P<own>{_own_names(self._aliases)})"
            rf"|(?P<places>(?:{places})(?:[、和](?:{places}))*)(?P<name1>{names})?"
            rf"|(?P<others>{_OTHERS})(?P<name2>{names})?"
            rf"|(?P<reach>{reach})(?P<name3>{names})"
            rf"|(?P<bare>{'|'.join(_alone())})(?!域|间|方|项|类|种|环|指)"
        )

    def read(self, text: str, start: int, end: int) -> tuple[Body, ...]:
        """Bodies between two offsets, in the order of the text."""
        found: list[Body] = []
        for match in self._pattern.finditer(text, start, end):
            for body in self._bodies(match, text, end):
                same = [one for one in found if (one.kind, one.reach, one.division, one.code) == _what(body)]
                if not same or same[0].part is Part.MENTIONED:
                    found = [one for one in found if one not in same]
                    found.append(body)
        found.sort(key=lambda one: one.start)
        # 市防控指挥部津南分指挥部 is one body; the first half only says whose it is.
        begins = {one.start for one in found}
        return tuple(
            replace(one, part=Part.MENTIONED) if one.end in begins and one.reach is Reach.ONE else one
            for one in found
        )

    def lead_in(self, text: str, start: int, end: int) -> tuple[Body, ...]:
        """Bodies that a sentence before a list puts under a duty: 各区要…."""
        duty = re.compile(rf"{_BETWEEN}(?:{'|'.join(words('duty', 'verbs'))})(?!求)")
        return tuple(
            replace(body, part=Part.LEAD_IN)
            for body in self.read(text, start, end)
            if body.part is Part.RESPONSIBLE and duty.match(text, body.end, end)
        )

    def _bodies(self, match: re.Match[str], text: str, end: int) -> Iterator[Body]:
        if match["own"]:
            one = self._aliases[match["own"]]
            yield self._body(match, text, end, one.kind, Reach.ONE, one.division, one.code)
        elif match["places"]:
            yield from self._placed(match, text, end)
        elif match["others"]:
            kind = _kinds().get(match["name2"] or "", OrganisationKind.HEADQUARTERS)
            yield self._body(match, text, end, kind, Reach.EACH, self.place)
        elif match["bare"]:
            reach = _reaches()[match["bare"]]
            yield self._body(match, text, end, OrganisationKind.HEADQUARTERS, reach, self.place)
        else:
            reach, kind = _reaches()[match["reach"]], _kinds()[match["name3"]]
            if reach is Reach.ONE and _is_general(match["name3"], kind):
                return
            division = self.place
            if reach is Reach.ONE:
                reach, division = self._own(match["reach"])
            yield self._body(match, text, end, kind, reach, division)

    def _placed(self, match: re.Match[str], text: str, end: int) -> Iterator[Body]:
        """津南区指挥部; 河东区和滨海新区指挥部; a place alone only where it is put under a duty."""
        if not match["name1"]:
            duty = re.compile(rf"{_BETWEEN}(?:{'|'.join(words('duty', 'verbs'))}|负责|牵头|立即)(?!求)")
            if not match["places"].endswith(_PLAIN_ENDS) or not duty.match(text, match.end(), end):
                return
        kind = _kinds().get(match["name1"] or "", OrganisationKind.HEADQUARTERS)
        for place in re.split("[、和]", match["places"]):
            code = self._divisions[place]
            told = OrganisationKind.STREET if len(code) == 9 and not match["name1"] else kind
            yield self._body(match, text, end, told, Reach.ONE, code)

    def _own(self, word: str) -> tuple[Reach, str]:
        """What 市, 区 or 县 means from here: our own, the one above us, or each one below us."""
        if not self.place:
            return Reach.ONE, ""
        for above in (divisions.get(self.place), *reversed(divisions.ancestors(self.place))):
            if above.name.endswith(word[-1]) or (word == "全市" and above.name.endswith("市")):
                return Reach.ONE, above.code
        return (Reach.EACH, self.place) if word in ("区", "县") else (Reach.ONE, "")

    def _body(
        self,
        match: re.Match[str],
        text: str,
        end: int,
        kind: OrganisationKind,
        reach: Reach,
        division: str,
        code: str = "",
    ) -> Body:
        before = text[max(0, match.start() - 3) : match.start()]
        obeyed = before.endswith(words("mentioned", "before"))
        speaks = re.compile("|".join(words("mentioned", "after"))).match(text, match.end(), end)
        sends = text[match.end() : match.end() + 1] == "向"
        # What is sent to a body is that body's to act on.
        obeyed = obeyed and not before.endswith("向")
        return Body(
            words=match[0],
            start=match.start(),
            end=match.end(),
            kind=kind,
            reach=reach,
            division=division,
            code=code,
            part=Part.MENTIONED if obeyed or speaks or sends else Part.RESPONSIBLE,
        )


def _what(body: Body) -> tuple[OrganisationKind, Reach, str, str]:
    return body.kind, body.reach, body.division, body.code


def _alone() -> Iterable[str]:
    """Words of reach that are a body by themselves."""
    told = [*words("reach", "each"), *words("reach", "both"), *words("reach", "some_alone")]
    alone = (word for word in told if word not in words("reach", "never_alone"))
    return sorted(alone, key=len, reverse=True)


def _is_general(name: str, kind: OrganisationKind) -> bool:
    return kind.value in words("general", "kinds") or name in words("general", "names")


def _own_names(aliases: dict[str, Known]) -> str:
    return "|".join(sorted(map(re.escape, aliases), key=len, reverse=True)) or "(?!)"


def _aliases(name: str, place: str) -> set[str]:
    """How a body is called in its own city: 天津市卫生健康委员会 is 市卫健委 there."""
    found = {name}
    for long, short in _SHORTENED:
        found |= {one.replace(long, short) for one in found}
    own = divisions.get(place).name if place else ""
    if own and own[-1] in "市区县省":
        found |= {own[-1] + one.removeprefix(own) for one in found if one.startswith(own) and one != own}
    return {one for one in found if len(one) > 2}


def _division_names(place: str) -> dict[str, str]:
    """Names of divisions inside a place: counties in full and short, streets in full. One borne twice is left out."""
    if not place:
        return {}
    found: dict[str, set[str]] = {}
    counties = divisions.descendants(place, Level.COUNTY) if len(place) < 6 else ()
    own = (divisions.get(place),) if len(place) >= 6 else ()
    for county in (*counties, *own):
        for name in {county.name, re.sub("(?:新区|自治县|区|县|市)$", "", county.name)}:
            if len(name) > 1:
                found.setdefault(name, set()).add(county.code)
        for street in divisions.children(county.code):
            found.setdefault(street.name, set()).add(street.code)
    return {name: next(iter(codes)) for name, codes in found.items() if len(codes) == 1 and len(name) > 1}
