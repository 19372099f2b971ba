"""The chains of an outbreak as pictures and lists: links from the store, structure and positions from `epi`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from liankong.epi import chains as epi_chains
from liankong.epi.arrays import days, to_date
from liankong.epi.chains import Chains
from liankong.epi.layout import layout
from liankong.epi.quality import Doubt, Finding, check
from liankong.store.models import Case, CaseLink
from liankong.vocabulary.kinds import Origin, PersonClass

# A picture of more than this is soup; the list below it is complete.
NODES_SHOWN = 160
PREVIEW_NODES = 120
FINDINGS_SHOWN = 100
# Up to so many cases are fetched by their keys; beyond, reading the outbreak once is cheaper than so long a list.
BY_KEY = 2000


@dataclass(frozen=True, slots=True)
class Node:
    pk: int
    number: str
    division: str
    classification: str
    origin: str
    onset: date | None


@dataclass(frozen=True, slots=True)
class Web:
    """Linked cases of an outbreak, in a fixed order, and the structure of their links."""

    nodes: list[Node]
    chains: Chains

    @property
    def onsets(self) -> Any:
        return days([node.onset for node in self.nodes])


def load(outbreak: int, division: str = "") -> Web:
    """All linked cases in sight. Two queries. An infector outside the sight dangles: its number is known, no more."""
    inside = {"case__division__gte": division, "case__division__lt": f"{division}:"} if division else {}
    links = list(
        CaseLink.objects.filter(case__outbreak_id=outbreak, rank=1, **inside).values_list(
            "case_id", "infector_id", "infector_number"
        )
    )
    wanted = {case for case, *_ in links} | {infector for _case, infector, _number in links if infector}
    cases = Case.objects.filter(outbreak_id=outbreak).exclude(classification=PersonClass.EXCLUDED)
    if len(wanted) <= BY_KEY:
        cases = cases.filter(pk__in=wanted)
    rows = cases.values_list("pk", "number", "division", "classification", "origin", "onset_on")
    nodes = [Node(*row) for row in rows if row[0] in wanted]
    nodes.sort(key=lambda node: (node.onset or date.max, node.number))
    stated: dict[int, list[str]] = {}
    for case, _infector, number in links:
        stated.setdefault(case, []).append(number)
    return _web(nodes, stated)


def _web(nodes: list[Node], stated: Mapping[int, Sequence[str]]) -> Web:
    graph = epi_chains.link([node.number for node in nodes], [stated.get(node.pk, ()) for node in nodes])
    return Web(nodes, epi_chains.chains(graph))


def picture(web: Web, *, cluster: int | None = None, limit: int = NODES_SHOWN) -> dict[str, Any]:
    """Nodes with positions and edges between them: the largest clusters that fit, or one cluster alone."""
    sizes = web.chains.sizes.tolist()
    shown = 0
    while shown < len(sizes) and sum(sizes[: shown + 1]) <= limit:
        shown += 1
    part = _part(web, {cluster} if cluster is not None else set(range(max(shown, 1))))
    placed = layout(part.chains, part.onsets)
    nodes = []
    for case, x, y, estimated in zip(placed.case, placed.x, placed.y, placed.estimated, strict=True):
        node = part.nodes[case]
        nodes.append(
            {
                "id": str(node.pk),
                "number": node.number,
                "class": node.classification,
                "x": int(x),
                "y": int(y),
                "estimated": bool(estimated),
                "onset": node.onset.isoformat() if node.onset else "",
                "infected": int(part.chains.offspring[case]),
            }
        )
    links = part.chains.links
    origin = to_date(placed.origin) if placed.origin is not None else None
    return {
        "origin": origin.isoformat() if origin else "",
        "nodes": nodes,
        "edges": [
            {"source": str(part.nodes[source].pk), "target": str(part.nodes[target].pk)}
            for source, target in zip(links.infector.tolist(), links.infectee.tolist(), strict=True)
        ],
        "clusters": len(sizes),
        "shown": 1 if cluster is not None else max(shown, 1) if sizes else 0,
    }


def _part(web: Web, clusters: set[int]) -> Web:
    """Some clusters alone: placing all of a large outbreak to draw a few would take seconds."""
    keep = np.flatnonzero(np.isin(web.chains.cluster, list(clusters))).tolist()
    links = web.chains.links
    stated: dict[int, list[str]] = {}
    inside = set(keep)
    for source, target in zip(links.infector.tolist(), links.infectee.tolist(), strict=True):
        if target in inside:
            stated.setdefault(web.nodes[target].pk, []).append(web.nodes[source].number)
    return _web([web.nodes[at] for at in keep], stated)


def preview(outbreak: int, division: str) -> dict[str, Any] | None:
    """The largest chains, small enough to take in at a glance; None when nothing is linked."""
    web = load(outbreak, division)
    return picture(web, limit=PREVIEW_NODES) if web.nodes else None


@dataclass(frozen=True, slots=True)
class Doubted:
    """A finding with the cases that it is about."""

    doubt: Doubt
    case: Node
    infector: Node | None
    gap: float | None
    stated: str


def doubts(web: Web, *, long_gap: float | None) -> list[Doubted]:
    """What to look at before believing the chains. Imported cases need no infector."""
    local = np.array([node.origin != Origin.IMPORTED for node in web.nodes], dtype=bool)
    expects = local & ~np.isin(np.arange(len(web.nodes)), web.chains.roots)
    found = check(web.chains, web.onsets, long_gap=long_gap, expects_infector=expects)
    return [_doubted(web, finding) for finding in found]


def _doubted(web: Web, finding: Finding) -> Doubted:
    infector = web.nodes[finding.infector] if finding.infector is not None else None
    return Doubted(finding.doubt, web.nodes[finding.case], infector, finding.gap, finding.stated)
