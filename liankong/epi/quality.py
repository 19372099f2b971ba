"""Doubts about links: what a person should look at before believing a chain.

The kinds of doubt are those used when reconstructing real outbreaks, e.g. the checks of the R package
epicontacts (Nagraj et al., F1000Research 2018;7:566): they flag, they never change a link.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from liankong.epi.arrays import Days, Gaps, gaps
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


def check(
    chains: Chains,
    onset: Days,
    *,
    long_gap: float | None = None,
    expects_infector: NDArray[np.bool_] | None = None,
) -> list[Finding]:
    """All doubts, by kind and then in the order of the list.

    `onset` (n,); `long_gap` in days: a longer onset gap is doubted (None: none is); `expects_infector` (n,): True
    for cases of which an infector should be known, e.g. not imported (None: not checked).
    """
    links = chains.links
    gap = gaps(onset[links.infector], onset[links.infectee])
    found = _of_edges(Doubt.SECONDARY_BEFORE_PRIMARY, chains, gap, gap < 0)
    if long_gap is not None:
        found += _of_edges(Doubt.LONG_GAP, chains, gap, gap > long_gap)
    found += _of_edges(Doubt.ONSET_UNKNOWN, chains, gap, np.isnan(gap))
    found += [Finding(Doubt.DANGLING_INFECTOR, case, stated=name) for case, name in links.dangling]
    if expects_infector is not None:
        found += _without_infector(chains, expects_infector)
    found += [Finding(Doubt.SEVERAL_INFECTORS, int(case)) for case in np.flatnonzero(chains.infectors > 1)]
    found += [Finding(Doubt.SELF_LINK, int(case)) for case in links.self_linked]
    found += [Finding(Doubt.CYCLE, int(case)) for case in chains.in_cycle]
    return found


def _of_edges(doubt: Doubt, chains: Chains, gap: Gaps, doubted: NDArray[np.bool_]) -> list[Finding]:
    infector, infectee = chains.links.infector, chains.links.infectee
    return [
        Finding(
            doubt,
            int(infectee[edge]),
            int(infector[edge]),
            None if np.isnan(gap[edge]) else float(gap[edge]),
        )
        for edge in np.flatnonzero(doubted)
    ]


def _without_infector(chains: Chains, expected: NDArray[np.bool_]) -> list[Finding]:
    stated = chains.infectors > 0
    stated[[case for case, _ in chains.links.dangling]] = True
    return [Finding(Doubt.NO_INFECTOR, int(case)) for case in np.flatnonzero(expected & ~stated)]
