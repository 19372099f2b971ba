"""Bulletins: what may we say tonight, and does it balance?

The door to the parts: the model of figures (`bulletins_figures`), the identities that block a signature
(`bulletins_identities`, `bulletins_days`), the count from case histories (`bulletins_tally`) and the
protection of small numbers (`bulletins_protection`).
"""

from liankong.rules.bulletins_cases import CaseState, Known
from liankong.rules.bulletins_figures import (
    DAY,
    EPIDEMIC,
    STOCKS,
    UNDECLARED,
    Adjustment,
    Bulletin,
    Counted,
    Figure,
    FigureError,
    Identity,
    Key,
    Measure,
    Part,
    Revision,
    Rollup,
    Series,
    Window,
    WindowKind,
)
from liankong.rules.bulletins_findings import Finding, State, Term, may_sign
from liankong.rules.bulletins_identities import check
from liankong.rules.bulletins_protection import Protected, protect_list, protect_table
from liankong.rules.bulletins_public import protect
from liankong.rules.bulletins_tally import UNPLACED, tally

__all__ = [
    "DAY",
    "EPIDEMIC",
    "STOCKS",
    "UNDECLARED",
    "UNPLACED",
    "Adjustment",
    "Bulletin",
    "CaseState",
    "Counted",
    "Figure",
    "FigureError",
    "Finding",
    "Identity",
    "Key",
    "Known",
    "Measure",
    "Part",
    "Protected",
    "Revision",
    "Rollup",
    "Series",
    "State",
    "Term",
    "Window",
    "WindowKind",
    "check",
    "may_sign",
    "protect",
    "protect_list",
    "protect_table",
    "tally",
]
