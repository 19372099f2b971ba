"""Links between the cases of a line list: gathered from rows and link files, and given a direction.

A list may name a case's infector, the cases it infected, or merely related cases. A related pair is directed
from the earlier onset to the later; with the same or an unknown onset it stays undirected.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from liankong.exchange.linelist_fields import Notices, StatedLink
from liankong.exchange.linelist_values import plain
from liankong.exchange.mapping_model import LinkFile, Mapping, MappingError, find_column
from liankong.exchange.tables import Table

_INFECTOR_HEADERS = ("infector", "from", "source", "infector_id", "传染源", "感染来源", "上代病例")
_INFECTEE_HEADERS = (
    "infectee",
    "to",
    "target",
    "case_id",
    "case",
    "infectee_id",
    "病例",
    "病例编号",
    "下代病例",
)


@dataclass(slots=True)
class Gathered:
    """`infectors`: infectee -> its infectors in the order stated (a dict as an ordered set).
    `related`: undirected pairs, each once, in the order stated.
    """

    infectors: dict[str, dict[str, None]] = field(default_factory=dict)
    related: dict[tuple[str, str], None] = field(default_factory=dict)

    def add(self, infector: str, infectee: str) -> bool:
        """False when the link is already known."""
        known = self.infectors.setdefault(infectee, {})
        if infector in known:
            return False
        known[infector] = None
        return True

    def relate(self, one: str, other: str) -> bool:
        """False when the pair is already known, in either order."""
        if (one, other) in self.related or (other, one) in self.related:
            return False
        self.related[one, other] = None
        return True


@dataclass(frozen=True, slots=True)
class LinkError:
    """A row of a link file that could not be used. Safe to show."""

    row: int
    field: str
    problem: str
    expected: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.field}: {self.problem}; expected {self.expected}"


@dataclass(slots=True)
class LinkReport:
    """The account of a link file: rows in = accepted + rejected + duplicate."""

    file: str
    rows_in: int = 0
    accepted: int = 0
    duplicate: int = 0
    rejected: list[LinkError] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        return {
            "in": self.rows_in,
            "accepted": self.accepted,
            "rejected": len(self.rejected),
            "duplicate": self.duplicate,
        }


def gather(stated: dict[str, list[StatedLink]], rows: dict[str, int], notices: Notices) -> Gathered:
    """All links that the rows of the list state. `rows` tells each case's row, for the notices."""
    gathered = Gathered()
    for key, links in stated.items():
        for link in links:
            if link.direction == "infector":
                gathered.add(link.other, key)
            elif link.other not in stated:
                # A case cannot be given an infector before it has a row; a later import may bring it.
                notices.add("infectors", "link to a case that is not in the list", rows[key])
            elif link.direction == "infectee":
                gathered.add(key, link.other)
            else:
                gathered.relate(key, link.other)
    return gathered


def read_link_file(path: Path, mapping: Mapping, keys: Collection[str], gathered: Gathered) -> LinkReport:
    """Add the links of a file of edges. A row whose infectee is not in the list is rejected; an infector that
    is not in the list is kept, and the checks on chains show it. Raises `TableError`, `MappingError`.
    """
    links = mapping.links or LinkFile()
    table = Table(path, links.options)
    reader = _LinkReader(links, keys, gathered, LinkReport(path.name))
    infector = _column(links.infector, _INFECTOR_HEADERS, table, mapping, "links.infector")
    infectee = _column(links.infectee, _INFECTEE_HEADERS, table, mapping, "links.infectee")
    for row in table.rows():
        reader.report.rows_in += 1
        if row.fault:
            reader.reject(row.number, "row", row.fault, "one cell for each column")
        else:
            reader.take(row.number, row.cells[infector], row.cells[infectee])
    return reader.report


@dataclass(slots=True)
class _LinkReader:
    links: LinkFile
    keys: Collection[str]
    gathered: Gathered
    report: LinkReport

    def reject(self, row: int, name: str, problem: str, expected: str) -> None:
        self.report.rejected.append(LinkError(row, name, problem, expected))

    def take(self, row: int, infector: str, infectee: str) -> None:
        missing = {plain(code) for code in (*self.links.missing, "")}
        for name, text in (("infector", infector), ("infectee", infectee)):
            if plain(text) in missing:
                self.reject(row, name, "is empty", "the key of a case")
                return
        infector, infectee = (self.links.key.replace("{key}", text) for text in (infector, infectee))
        related = self.links.direction == "related"
        for name, key in (("infectee", infectee), ("infector", infector)):
            if key not in self.keys and (related or name == "infectee"):
                self.reject(row, name, "is not an accepted case of the line list", "the key of a case")
                return
        join = self.gathered.relate if related else self.gathered.add
        if join(infector, infectee):
            self.report.accepted += 1
        else:
            self.report.duplicate += 1


def _column(named: str | None, usual: Iterable[str], table: Table, mapping: Mapping, key: str) -> int:
    if named is not None:
        return find_column(named, table.headers, file=mapping.name, key=key)
    forms = [plain(header) for header in table.headers]
    for header in usual:
        if header in forms:
            return forms.index(header)
    names = ", ".join(repr(header) for header in table.headers)
    raise MappingError(mapping.name, key, f"{table.path.name} has no usual column for it", f"one of {names}")


def orient(gathered: Gathered, onsets: dict[str, date | None]) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Direct related pairs by onset into `gathered.infectors`.

    Returns how many got a direction, and the pairs that stay undirected. A pair for which a direction is
    already stated is left as stated. A case related to itself becomes its own infector, so that the checks on
    chains show it.
    """
    undirected = []
    directed = 0
    for one, other in gathered.related:
        if one in gathered.infectors.get(other, ()) or other in gathered.infectors.get(one, ()):
            continue
        first, second = onsets[one], onsets[other]
        if one == other:
            gathered.add(one, one)
        elif first is None or second is None or first == second:
            undirected.append((one, other))
        else:
            gathered.add(*((one, other) if first < second else (other, one)))
            directed += 1
    return directed, tuple(undirected)
