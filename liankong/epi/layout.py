"""Where to draw each case of a chain: x is its onset day or generation, y a lane of its own in that column.

Deterministic: the same links and days give the same picture. No two cases share a point, and two cases of the
same x are at least one lane apart.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from liankong.epi.arrays import Days, Indices
from liankong.epi.chains import Chains, neighbours


@dataclass(frozen=True, slots=True)
class Layout:
    """`case` (m,): positions of the drawn cases; `x` (m,): days since `origin`, or generation; `y` (m,): lane,
    from 0 downwards; `estimated` (m,): True where x was not known and is taken from the neighbours.
    """

    case: Indices
    x: Indices
    y: Indices
    estimated: NDArray[np.bool_]
    origin: np.datetime64 | None


def layout(
    chains: Chains, onset: Days, *, by: Literal["day", "generation"] = "day", clusters: int | None = None
) -> Layout:
    """Positions of all linked cases, cluster under cluster, largest first; `clusters` limits how many.

    Children stand in onset order beside the middle of their own children (tidy trees: Wetherell & Shannon, IEEE
    TSE 1979;SE-5:514-520). A case of several infectors hangs on the first to fall ill. A case without onset is
    drawn a day after its infector, or a day before its first infectee.
    """
    forest = _Forest(chains, onset)
    x, estimated, origin = forest.days() if by == "day" else forest.generations()
    last = len(chains.sizes) if clusters is None else min(clusters, len(chains.sizes))
    drawn = chains.linked[chains.cluster[chains.linked] < last]
    lanes = _Lanes()
    for root in forest.roots_by_cluster(drawn):
        forest.place(root, x, lanes)
    y = np.array([lanes.of[int(case)] for case in drawn], dtype=np.int64)
    if len(y):
        y -= y.min()
    return Layout(drawn, x[drawn], y, estimated[drawn], origin)


class _Lanes:
    """Integer lanes; a case takes the free lane of its column that is nearest to where it would like to be."""

    def __init__(self) -> None:
        self.of: dict[int, int] = {}
        self.next = 0
        self._taken: set[tuple[int, int]] = set()

    def take(self, case: int, x: int, wanted: int) -> int:
        for lane in self._around(wanted):
            if (x, lane) not in self._taken:
                self._taken.add((x, lane))
                self.of[case] = lane
                self.next = max(self.next, lane + 1)
                return lane
        raise AssertionError("there is always a free lane")

    @staticmethod
    def _around(wanted: int) -> Iterator[int]:
        yield wanted
        step = 1
        while True:
            yield wanted + step
            yield wanted - step
            step += 1


class _Forest:
    """Each case hung on one infector, so that every cluster is drawn as trees."""

    def __init__(self, chains: Chains, onset: Days) -> None:
        self.chains = chains
        self.onset = onset
        links = chains.links
        # Unknown onsets come last among siblings and among infectors.
        number = onset.astype(np.int64)
        self.order = np.where(np.isnat(onset), np.iinfo(np.int64).max, number)
        offsets, infectors = neighbours(links.infectee, links.infector, links.n)
        self._in_cycle = set(chains.in_cycle.tolist())
        self.parent: dict[int, int] = {}
        self.children: dict[int, list[int]] = {}
        for case in chains.linked.tolist():
            candidates = infectors[offsets[case] : offsets[case + 1]].tolist()
            for infector in sorted(candidates, key=lambda one: (self.order[one], one)):
                if not self._leads_to(infector, case):
                    self.parent[case] = infector
                    self.children.setdefault(infector, []).append(case)
                    break
        for siblings in self.children.values():
            siblings.sort(key=lambda case: (self.order[case], case))

    def _leads_to(self, case: int | None, target: int) -> bool:
        """Would hanging `target` on `case` close a circle?"""
        if target not in self._in_cycle:
            return False
        while case is not None:
            if case == target:
                return True
            case = self.parent.get(case)
        return False

    def roots_by_cluster(self, drawn: Indices) -> list[int]:
        roots = [case for case in drawn.tolist() if case not in self.parent]
        return sorted(roots, key=lambda case: (self.chains.cluster[case], self.order[case], case))

    def down(self, root: int) -> list[int]:
        """The tree of a root, parents before children."""
        found = [root]
        for case in found:
            found.extend(self.children.get(case, ()))
        return found

    def days(self) -> tuple[Indices, NDArray[np.bool_], np.datetime64 | None]:
        known = self.onset[self.chains.linked]
        known = known[~np.isnat(known)]
        origin = known.min() if len(known) else None
        estimated = np.isnat(self.onset)
        x = np.zeros(self.chains.links.n, np.int64)
        if origin is not None:
            x[~estimated] = (self.onset[~estimated] - origin).astype(np.int64)
        for root in self.roots_by_cluster(self.chains.linked):
            for case in self.down(root):
                if estimated[case]:
                    x[case] = self._estimate(case, x, estimated)
        return x, estimated, origin

    def _estimate(self, case: int, x: Indices, estimated: NDArray[np.bool_]) -> int:
        if case in self.parent:
            return int(x[self.parent[case]]) + 1
        known = [int(x[child]) for child in self.children.get(case, ()) if not estimated[child]]
        return min(known) - 1 if known else 0

    def generations(self) -> tuple[Indices, NDArray[np.bool_], None]:
        x = np.zeros(self.chains.links.n, np.int64)
        for root in self.roots_by_cluster(self.chains.linked):
            for case in self.down(root)[1:]:
                x[case] = x[self.parent[case]] + 1
        return x, self.chains.generation < 0, None

    def place(self, root: int, x: Indices, lanes: _Lanes) -> None:
        """Children before parents: leaves go to fresh lanes, a parent to the middle of its children."""
        for case in self._leaves_in_order(root):
            children = self.children.get(case, ())
            if children:
                spots = [lanes.of[child] for child in children]
                wanted = (min(spots) + max(spots)) // 2
            else:
                wanted = lanes.next
            lanes.take(case, int(x[case]), wanted)

    def _leaves_in_order(self, root: int) -> list[int]:
        """Post-order without recursion: a chain may be longer than Python's stack."""
        order, stack = [], [root]
        while stack:
            case = stack.pop()
            order.append(case)
            stack.extend(self.children.get(case, ()))
        order.reverse()
        return order
