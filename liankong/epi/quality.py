"""Doubts about links: what a person should look at before believing a chain.

The kinds of doubt are those used when reconstructing real outbreaks, e.g. the checks of the R package
epicontacts (Nagraj et al., F1000Research 2018;7:566): they flag, they never change a link.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from liankong.epi.arrays import Days, Gaps, Indices, gaps
from liankong.epi.chains import Chains


class Doubt(StrEnum):
    SECONDARY_BEFORE_PRIMARY = "secondary_before_primary"
    LONG_GAP = "long_gap"
    ONSET_UNKNOWN = "onset_unknown"
    DANGLING_INFECTOR = "dangling_infector"
    NO_INFECTOR = "no_infector"
    SEVERAL_INFECTORS = "several_infectors"
    SELF_LINK = "self_link"
    CYCLE = "cycle"


@dataclass(frozen=True, slots=True)
class Finding:
    """One doubt. `case` and `infector` are positions; `gap` is the onset gap in days where it is the doubt;
    `stated` is a dangling infector's key as the list states it.
    """

    doubt: Doubt
    case: int
    infector: int | None = None
    gap: float | None = None
    stated: str = ""


@dataclass(frozen=True, slots=True)
class Doubts:
    """All findings of one kind as columns of shape (m,), for lists of tens of thousands."""

    doubt: Doubt
    case: Indices
    infector: Indices | None = None
    gap: Gaps | None = None
    stated: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.case)

    def findings(self, limit: int | None = None) -> list[Finding]:
        """The first `limit` of them, one by one."""
        return [self._finding(at) for at in range(len(self) if limit is None else min(limit, len(self)))]

    def _finding(self, at: int) -> Finding:
        return Finding(
            self.doubt,
            int(self.case[at]),
            None if self.infector is None else int(self.infector[at]),
            None if self.gap is None or np.isnan(self.gap[at]) else float(self.gap[at]),
            self.stated[at] if self.stated else "",
        )


def check(
    chains: Chains,
    onset: Days,
    *,
    long_gap: float | None = None,
    expects_infector: NDArray[np.bool_] | None = None,
) -> list[Finding]:
    """All doubts one by one, by kind and then in the order of the list; arguments as of `doubts`."""
    kinds = doubts(chains, onset, long_gap=long_gap, expects_infector=expects_infector)
    return [finding for kind in kinds for finding in kind.findings()]


def doubts(
    chains: Chains,
    onset: Days,
    *,
    long_gap: float | None = None,
    expects_infector: NDArray[np.bool_] | None = None,
) -> list[Doubts]:
    """All doubts, a set of columns for each kind.

    `onset` (n,); `long_gap` in days: a longer onset gap is doubted (None: none is); `expects_infector` (n,): True
    for cases of which an infector should be known, e.g. not imported (None: not checked).
    """
    links = chains.links
    gap = gaps(onset[links.infector], onset[links.infectee])
    found = [_of_edges(Doubt.SECONDARY_BEFORE_PRIMARY, chains, gap, gap < 0)]
    if long_gap is not None:
        found.append(_of_edges(Doubt.LONG_GAP, chains, gap, gap > long_gap))
    found.append(_of_edges(Doubt.ONSET_UNKNOWN, chains, gap, np.isnan(gap)))
    dangling = np.array([case for case, _ in links.dangling], dtype=np.int64)
    found.append(Doubts(Doubt.DANGLING_INFECTOR, dangling, stated=tuple(name for _, name in links.dangling)))
    if expects_infector is not None:
        stated = chains.infectors > 0
        stated[dangling] = True
        found.append(Doubts(Doubt.NO_INFECTOR, np.flatnonzero(expects_infector & ~stated)))
    found.append(Doubts(Doubt.SEVERAL_INFECTORS, np.flatnonzero(chains.infectors > 1)))
    found.append(Doubts(Doubt.SELF_LINK, links.self_linked))
    found.append(Doubts(Doubt.CYCLE, chains.in_cycle))
    return found


def _of_edges(doubt: Doubt, chains: Chains, gap: Gaps, doubted: NDArray[np.bool_]) -> Doubts:
    edge = np.flatnonzero(doubted)
    return Doubts(doubt, chains.links.infectee[edge], chains.links.infector[edge], gap[edge])
