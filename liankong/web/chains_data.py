"""The chains of an outbreak as pictures and lists: links from the store, structure and positions from `epi`.

The structure is read as columns of numbers, tens of thousands of cases at once; the words of a case are fetched
only for those that a page shows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from liankong.epi import chains as epi_chains
from liankong.epi import quality
from liankong.epi.arrays import Days, Indices, to_date
from liankong.epi.chains import Chains, Links
from liankong.epi.layout import layout
from liankong.epi.quality import Doubt, Finding
from liankong.store.models import Case, CaseLink

# A picture of more than this is soup; the list below it is complete.
NODES_SHOWN = 160
PREVIEW_NODES = 120
FINDINGS_SHOWN = 100

# Columns come packed as big-endian numbers: ten times quicker to read than rows of fields.
_CASES = """
SELECT string_agg(int8send(id), ''::bytea),
       string_agg(int8send(coalesce(onset_on - DATE '1970-01-01', %(unknown)s)), ''::bytea),
       string_agg(int8send((origin = 'imported')::int), ''::bytea),
       string_agg(int8send((division >= %(division)s AND division < %(beyond)s
                            AND (%(class)s = '' OR classification = %(class)s)
                            AND (%(always)s OR coalesce(onset_on BETWEEN %(since)s AND %(until)s, false)))::int),
                  ''::bytea)
FROM store_case WHERE outbreak_id = %(outbreak)s AND classification <> 'excluded'
"""
_LINKS = """
SELECT string_agg(int8send(id), ''::bytea),
       string_agg(int8send(case_id), ''::bytea),
       string_agg(int8send(coalesce(infector_id, 0)), ''::bytea)
FROM store_caselink WHERE rank = 1 AND case_id BETWEEN %(first)s AND %(last)s
"""
_RELATED = """
SELECT string_agg(int8send(case_id), ''::bytea), string_agg(int8send(other_id), ''::bytea)
FROM store_caserelation WHERE case_id BETWEEN %(first)s AND %(last)s
"""
_UNKNOWN = np.iinfo(np.int64).min  # what NaT is, seen as a number


@dataclass(frozen=True, slots=True)
class Node:
    """What is shown of a case."""

    pk: int
    number: str
    division: str
    classification: str
    onset: date | None


@dataclass(frozen=True, slots=True)
class Web:
    """Linked cases of an outbreak by onset, arrays of shape (n,), and the structure of their links.

    A link whose infector is out of sight dangles; it is named in `chains` by the key of its row.
    """

    pk: Indices
    onset: Days
    imported: NDArray[np.bool_]
    chains: Chains

    def position(self, pk: int) -> int | None:
        """Where a case stands, None when it has no link."""
        found = np.flatnonzero(self.pk == pk)
        return int(found[0]) if len(found) else None

    def nodes(self, positions: Iterable[int]) -> dict[int, Node]:
        """Position -> what is shown of it. One query."""
        wanted = sorted(set(positions))
        columns = ("pk", "number", "division", "classification", "onset_on")
        rows = Case.objects.filter(pk__in=self.pk[wanted].tolist()).values_list(*columns)
        found = {row[0]: Node(*row) for row in rows}
        return {at: found[pk] for at, pk in zip(wanted, self.pk[wanted].tolist(), strict=True) if pk in found}


def load(
    outbreak: int,
    division: str = "",
    *,
    classification: str = "",
    since: date | None = None,
    until: date | None = None,
) -> Web:
    """All linked cases in sight: those of the division, the class and the days of onset that are asked for, and
    wherever in sight their infectors and the cases related to them. Three queries.
    """
    parameters = {
        "outbreak": outbreak,
        "division": division,
        "beyond": f"{division}:",
        "unknown": _UNKNOWN,
        "class": classification,
        "always": since is None and until is None,
        "since": since or date.min,
        "until": until or date.max,
    }
    pk, onset, imported, inside = _columns(_CASES, parameters)
    order = np.lexsort((pk, np.where(onset == _UNKNOWN, np.iinfo(np.int64).max, onset)))
    pk, onset, imported, inside = pk[order], onset[order], imported[order], inside[order]
    bounds = {"first": int(pk.min()), "last": int(pk.max())} if len(pk) else {"first": 0, "last": 0}
    link, case, infector = _columns(_LINKS, bounds)
    infectee = _positions(pk, case)
    known = infectee >= 0
    known[known] = inside[infectee[known]] == 1
    link, infectee, source = link[known], infectee[known], _positions(pk, infector[known])
    touched = np.zeros(len(pk), bool)
    touched[infectee] = touched[source[source >= 0]] = True
    related = np.stack([_positions(pk, ends) for ends in _columns(_RELATED, bounds)], axis=1)
    related = related[(related >= 0).all(axis=1)]
    related = related[(inside[related] == 1).any(axis=1)]
    touched[related] = True
    linked = np.flatnonzero(touched)
    return Web(
        pk=pk[linked],
        onset=onset[linked].view("datetime64[D]"),
        imported=imported[linked] == 1,
        chains=_chains(
            len(linked),
            np.searchsorted(linked, infectee),
            _within(linked, source),
            link,
            np.searchsorted(linked, related),
        ),
    )


def _columns(statement: str, parameters: dict[str, Any]) -> list[Indices]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [np.frombuffer(packed or b"", ">i8").astype(np.int64) for packed in cursor.fetchone()]


def _positions(keys: Indices, wanted: Indices) -> Indices:
    """Where each wanted key stands among `keys`, -1 for those that are not there."""
    order = np.argsort(keys)
    at = np.minimum(np.searchsorted(keys, wanted, sorter=order), max(len(keys) - 1, 0))
    if not len(keys):
        return np.full(len(wanted), -1, np.int64)
    return np.where(keys[order[at]] == wanted, order[at], -1)


def _within(kept: Indices, positions: Indices) -> Indices:
    """Positions in a list as positions among those of it that are kept; -1 stays."""
    return np.where(positions >= 0, np.searchsorted(kept, positions), -1)


def _chains(n: int, infectee: Indices, infector: Indices, link: Indices, related: Indices) -> Chains:
    stated = infector >= 0
    dangling = zip(infectee[~stated].tolist(), link[~stated].tolist(), strict=True)
    return epi_chains.chains(
        Links(
            keys=tuple(map(str, range(n))),
            infector=infector[stated],
            infectee=infectee[stated],
            related=related,
            dangling=tuple((case, str(row)) for case, row in dangling),
            self_linked=np.array([], np.int64),
        )
    )


def picture(
    web: Web, *, cluster: int | None = None, focus: int | None = None, limit: int = NODES_SHOWN
) -> dict[str, Any]:
    """Nodes with positions and edges between them: the largest clusters that fit, or one cluster alone.

    Of a cluster that does not fit, the cases nearest to `focus` (a position; else to its first case) are drawn,
    and each says how many that it infected are not.
    """
    sizes = web.chains.sizes.tolist()
    fitting = int(np.searchsorted(np.cumsum(sizes), limit, side="right"))
    if cluster is None and fitting:
        keep = np.flatnonzero((web.chains.cluster >= 0) & (web.chains.cluster < fitting))
    else:
        keep = np.flatnonzero(web.chains.cluster == (cluster or 0))
    whole = len(keep)
    if whole > limit:
        keep = epi_chains.nearest(web.chains.links, int(keep[0]) if focus is None else focus, limit)
    part = _part(web, keep)
    placed = layout(part.chains, part.onset)
    words = part.nodes(placed.case.tolist())
    nodes = []
    for case, x, y, estimated in zip(placed.case.tolist(), placed.x, placed.y, placed.estimated, strict=True):
        node = words[case]
        infected = int(web.chains.offspring[keep[case]])
        nodes.append(
            {
                "id": str(node.pk),
                "number": node.number,
                "class": node.classification,
                "x": int(x),
                "y": int(y),
                "estimated": bool(estimated),
                "onset": node.onset.isoformat() if node.onset else "",
                "infected": infected,
                "hidden": infected - int(part.chains.offspring[case]),
            }
        )
    links = part.chains.links
    origin = to_date(placed.origin) if placed.origin is not None else None
    ends = zip(part.pk[links.infector].tolist(), part.pk[links.infectee].tolist(), strict=True)
    return {
        "origin": origin.isoformat() if origin else "",
        "nodes": nodes,
        "edges": [{"source": str(source), "target": str(target)} for source, target in ends],
        "clusters": len(sizes),
        "shown": fitting if cluster is None and fitting else min(1, len(sizes)),
        "cases": whole,
    }


def _part(web: Web, keep: Indices) -> Web:
    """Some cases alone: placing all of a large outbreak to draw a few would take seconds."""
    links = web.chains.links
    inside = np.zeros(len(web.pk), bool)
    inside[keep] = True
    drawn = inside[links.infectee] & inside[links.infector]
    infectee, infector = _within(keep, links.infectee[drawn]), _within(keep, links.infector[drawn])
    related = _within(keep, links.related[inside[links.related].all(axis=1)])
    chains = _chains(len(keep), infectee, infector, np.zeros(len(infectee), np.int64), related)
    return Web(web.pk[keep], web.onset[keep], web.imported[keep], chains)


def preview(outbreak: int, division: str) -> dict[str, Any] | None:
    """The largest chains, small enough to take in at a glance; None when nothing is linked."""
    web = load(outbreak, division)
    return picture(web, limit=PREVIEW_NODES) if len(web.chains.sizes) else None


@dataclass(frozen=True, slots=True)
class Edge:
    infector: Node
    case: Node
    gap: int | None


def edges(web: Web, shown: Iterable[int], *, limit: int) -> list[Edge]:
    """The links between the cases given by their keys, by onset of the infected, at most `limit`."""
    inside = np.isin(web.pk, list(shown))
    links = web.chains.links
    at = np.flatnonzero(inside[links.infectee] & inside[links.infector])
    at = at[np.argsort(links.infectee[at], kind="stable")][:limit]
    pairs = list(zip(links.infector[at].tolist(), links.infectee[at].tolist(), strict=True))
    nodes = web.nodes(case for pair in pairs for case in pair)
    found = [(nodes[source], nodes[target]) for source, target in pairs]
    return [
        Edge(infector, case, (case.onset - infector.onset).days if case.onset and infector.onset else None)
        for infector, case in found
    ]


@dataclass(frozen=True, slots=True)
class Doubted:
    """A finding with the cases that it is about."""

    doubt: Doubt
    case: Node
    infector: Node | None
    gap: float | None
    stated: str


def doubts(web: Web, *, long_gap: float | None, limit: int) -> tuple[list[Doubted], int]:
    """What to look at before believing the chains, the first `limit`, and how many there are in all.

    Imported cases need no infector, nor do those from whom a chain starts.
    """
    expects = ~web.imported & ~np.isin(np.arange(len(web.pk)), web.chains.roots)
    kinds = quality.doubts(web.chains, web.onset, long_gap=long_gap, expects_infector=expects)
    shown = [finding for kind in kinds for finding in kind.findings(limit)][:limit]
    named = CaseLink.objects.filter(pk__in=[int(finding.stated) for finding in shown if finding.stated])
    stated = dict(named.values_list("pk", "infector_number"))
    nodes = web.nodes(
        case for finding in shown for case in (finding.case, finding.infector) if case is not None
    )
    return [_doubted(finding, nodes, stated) for finding in shown], sum(map(len, kinds))


def _doubted(finding: Finding, nodes: dict[int, Node], stated: dict[int, str]) -> Doubted:
    return Doubted(
        finding.doubt,
        nodes[finding.case],
        nodes[finding.infector] if finding.infector is not None else None,
        finding.gap,
        stated.get(int(finding.stated), "") if finding.stated else "",
    )
