"""Who infected whom: the graph of a line list's links.

Cases are positions 0..n-1; an edge runs from infector to infectee. Stated infectors that are not in the list
dangle: they are kept by name and lead nowhere. Roots, generations and the offspring distribution as in
Lloyd-Smith et al., Nature 2005;438:355-359.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liankong.epi.arrays import Indices


@dataclass(frozen=True, slots=True)
class Links:
    """`infector`, `infectee` (e,): edges between cases of the list, without self-links, each once.

    `related` (r, 2): pairs known to be linked, but not in which direction; they join clusters only.
    `dangling`: (infectee, stated key) for infectors that are not in the list. `self_linked`: cases named as
    their own infector.
    """

    keys: tuple[str, ...]
    infector: Indices
    infectee: Indices
    related: Indices
    dangling: tuple[tuple[int, str], ...]
    self_linked: Indices

    @property
    def n(self) -> int:
        return len(self.keys)


@dataclass(frozen=True, slots=True)
class Chains:
    """What the links say, each array of shape (n,).

    `offspring`: cases infected by each; `infectors`: infectors named for each (in the list); `generation`: steps
    from the nearest root, -1 where no root leads (cycles) and for cases without any link; `cluster`: number of
    the connected component, largest first, -1 for cases without any link. `roots`: cases that infected somebody
    and have no infector in the list. `in_cycle`: positions on a circle of infectors.
    """

    links: Links
    offspring: Indices
    infectors: Indices
    generation: Indices
    cluster: Indices
    sizes: Indices
    roots: Indices
    in_cycle: Indices

    def offspring_distribution(self) -> Indices:
        """Number of linked cases that infected 0, 1, 2, ... others."""
        return np.bincount(self.offspring[self.linked]).astype(np.int64)

    def generation_sizes(self) -> Indices:
        """Number of linked cases in generation 0, 1, 2, ...; those that no root leads to are in none."""
        reached = self.generation[self.linked]
        return np.bincount(reached[reached >= 0]).astype(np.int64)

    @property
    def linked(self) -> Indices:
        """Positions of cases with at least one link."""
        return np.flatnonzero(self.cluster >= 0)

    def top_spreaders(self, limit: int) -> list[tuple[int, int]]:
        """(position, cases infected) of those who infected most, at least one; ties in the list's order."""
        order = np.argsort(-self.offspring, kind="stable")[:limit]
        return [(int(case), int(self.offspring[case])) for case in order if self.offspring[case] > 0]


def link(
    keys: Sequence[str],
    infectors: Sequence[Sequence[str]],
    related: Sequence[tuple[str, str]] = (),
) -> Links:
    """Edges from each case's stated infectors. `keys` must be unique; raises `ValueError` if they are not."""
    place = {key: index for index, key in enumerate(keys)}
    if len(place) != len(keys):
        raise ValueError(f"{len(keys) - len(place)} keys are repeated; expected one row for each case")
    edges: dict[tuple[int, int], None] = {}
    dangling: dict[tuple[int, str], None] = {}
    self_linked: dict[int, None] = {}
    for infectee, names in enumerate(infectors):
        for name in names:
            infector = place.get(name)
            if infector is None:
                dangling[infectee, name] = None
            elif infector == infectee:
                self_linked[infectee] = None
            else:
                edges[infector, infectee] = None
    pairs = [(place[one], place[other]) for one, other in related if one in place and other in place]
    ends = np.array(list(edges), dtype=np.int64).reshape(-1, 2)
    return Links(
        keys=tuple(keys),
        infector=ends[:, 0].copy(),
        infectee=ends[:, 1].copy(),
        related=np.array(pairs, dtype=np.int64).reshape(-1, 2),
        dangling=tuple(dangling),
        self_linked=np.array(list(self_linked), dtype=np.int64),
    )


def chains(links: Links) -> Chains:
    """Roots, generations, clusters, offspring and cycles of the links."""
    offspring = np.bincount(links.infector, minlength=links.n).astype(np.int64)
    infectors = np.bincount(links.infectee, minlength=links.n).astype(np.int64)
    cluster, sizes = _clusters(links)
    roots = np.flatnonzero((infectors == 0) & (offspring > 0))
    return Chains(
        links=links,
        offspring=offspring,
        infectors=infectors,
        generation=_generations(links, roots),
        cluster=cluster,
        sizes=sizes,
        roots=roots,
        in_cycle=_cycles(links, infectors, offspring),
    )


def nearest(links: Links, start: int, limit: int) -> Indices:
    """At most `limit` cases around one, in any direction, by the fewest links to it; rising positions."""
    pairs = np.concatenate([np.stack([links.infector, links.infectee], axis=1), links.related])
    one, other = np.concatenate([pairs[:, 0], pairs[:, 1]]), np.concatenate([pairs[:, 1], pairs[:, 0]])
    offsets, ends = neighbours(one, other, links.n)
    found = {start: None}
    queue = [start]
    for case in queue:
        for end in ends[offsets[case] : offsets[case + 1]].tolist():
            if end not in found and len(found) < limit:
                found[end] = None
                queue.append(end)
    return np.array(sorted(found), dtype=np.int64)


def neighbours(start: Indices, end: Indices, n: int) -> tuple[Indices, Indices]:
    """Compressed rows: the ends of case i's edges are `ends[offsets[i]:offsets[i + 1]]`, rising."""
    order = np.lexsort((end, start))
    offsets = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(start, minlength=n), out=offsets[1:])
    return offsets, end[order]


def _generations(links: Links, roots: Indices) -> Indices:
    """Breadth first from all roots at once, a generation at a time: the fewest steps that could have led there."""
    offsets, children = neighbours(links.infector, links.infectee, links.n)
    generation = np.full(links.n, -1, np.int64)
    frontier, steps = roots, 0
    while len(frontier):
        generation[frontier] = steps
        steps += 1
        born = children[_rows(offsets[frontier], offsets[frontier + 1])]
        frontier = np.unique(born[generation[born] < 0])
    return generation


def _rows(start: Indices, end: Indices) -> Indices:
    """start[0]..end[0]-1, start[1]..end[1]-1, ... in one array."""
    lengths = end - start
    before = np.cumsum(lengths) - lengths
    rows: Indices = np.arange(int(lengths.sum())) + np.repeat(start - before, lengths)
    return rows


def _clusters(links: Links) -> tuple[Indices, Indices]:
    """Connected components: each case takes the smallest position that its links lead to, by hooking and pointer
    jumping over all links at once (Shiloach & Vishkin, J Algorithms 1982;3:57-67).
    """
    pairs = np.concatenate([np.stack([links.infector, links.infectee], axis=1), links.related])
    top = np.arange(links.n)
    while True:
        one, other = top[pairs[:, 0]], top[pairs[:, 1]]
        low, high = np.minimum(one, other), np.maximum(one, other)
        if (low == high).all():
            break
        np.minimum.at(top, high, low)
        while (top[top] != top).any():
            top = top[top]
    seen = np.zeros(links.n, bool)
    seen[pairs] = True
    touched = np.flatnonzero(seen)
    tops, member, sizes = np.unique(top[touched], return_inverse=True, return_counts=True)
    order = np.argsort(-sizes, kind="stable")
    rank = np.empty(len(tops), np.int64)
    rank[order] = np.arange(len(tops))
    cluster = np.full(links.n, -1, np.int64)
    cluster[touched] = rank[member]
    return cluster, sizes[order].astype(np.int64)


def _cycles(links: Links, infectors: Indices, offspring: Indices) -> Indices:
    """Peel off cases without an infector, then cases without offspring, until none is left to peel: what
    remains lies on a cycle or between two. Only if something remains are the cycles themselves sought.
    """
    keep = (infectors > 0) & (offspring > 0)
    infector, infectee = links.infector, links.infectee
    while True:
        both = keep[infector] & keep[infectee]
        infector, infectee = infector[both], infectee[both]
        has_both = np.zeros(links.n, bool)
        has_both[np.intersect1d(infector, infectee)] = True
        if (has_both == keep).all():
            break
        keep = has_both
    if not keep.any():
        return np.array([], dtype=np.int64)
    import networkx as nx  # slow to import and hardly ever needed: an honest list has no cycles

    graph = nx.DiGraph(zip(infector.tolist(), infectee.tolist(), strict=True))
    on_cycle = [case for part in nx.strongly_connected_components(graph) if len(part) > 1 for case in part]
    return np.array(sorted(on_cycle), dtype=np.int64)
