"""Issued protocols (防控方案) as data: every number with its unit, instrument and grade.

    from liankong import protocols
    protocol = protocols.load("CN-COV-v9")
    protocol.clock("report").value            # timedelta(hours=2)
    protocol.has("zones")                     # True
    protocols.load("CN-COV-BB").zones         # raises Retired
    protocols.in_force(pathogen="covid19", on=date(2022, 1, 9), division="120112").id

Files: `<pathogen>/<edition>.toml`; a city's overlay says `extends` and `divisions`. Issued files are never
edited.
"""

from liankong.protocols.catalogue import SHIPPED, available, in_force, load
from liankong.protocols.errors import (
    Absent,
    Problem,
    ProtocolError,
    Retired,
    UnknownProtocolError,
    Unstated,
)
from liankong.protocols.leaves import Grade
from liankong.protocols.protocol import Citation, Protocol
from liankong.protocols.render import render_index, render_markdown
from liankong.protocols.words import Change, Concept, Evidence, Subject

__all__ = [
    "SHIPPED",
    "Absent",
    "Change",
    "Citation",
    "Concept",
    "Evidence",
    "Grade",
    "Problem",
    "Protocol",
    "ProtocolError",
    "Retired",
    "Subject",
    "UnknownProtocolError",
    "Unstated",
    "available",
    "in_force",
    "load",
    "render_index",
    "render_markdown",
]
