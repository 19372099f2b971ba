"""The lines of a bulletin that correct: write-offs (核减), additions (核增) and revisions (更正)."""

import re
from collections.abc import Iterable
from dataclasses import replace

from liankong.exchange.bulletin_words import canonical
from liankong.exchange.bulletin_writer import REASONS_ZH, WordingError, label_zh
from liankong.rules.bulletins import Adjustment, Bulletin, Identity, Key, Part, Revision
from liankong.rules.bulletins_days import FLOWS

_ADJUSTMENT = re.compile(
    r"(?P<verb>核增|核减)：(?P<label>[^\d]+)(?P<number>\d+)例?[，]原因：(?P<reason>.*?)"
    r"(?:（依据：(?P<instrument>.*)）)?。?$"
)
_REVISION = re.compile(
    r"更正：(?P<label>.+?)由(?P<before>\d+)例?更正为(?P<after>\d+)例?，原因：(?P<reason>.*?)"
    r"(?P<parts>(?:，[^，]*?[+—−]\d+例)*)。?$"
)
_PART = re.compile(r"，([^，]*?)([+—−])(\d+)例")


def read_corrections(bulletin: Bulletin, lines: Iterable[str]) -> Bulletin:
    """The bulletin with the adjustments and revisions that the lines state of its figures."""
    adjustments: list[Adjustment] = []
    revisions: list[Revision] = []
    codes = {zh: code for code, zh in REASONS_ZH.items()}
    for line in lines:
        match = _ADJUSTMENT.match(line)
        key = _labelled(bulletin, match["label"]) if match else None
        if match and key:
            number = int(match["number"])
            adjustments.append(
                Adjustment(
                    key=key,
                    delta=number if match["verb"] == "核增" else -number,
                    reason=codes.get(match["reason"], match["reason"]),
                    instrument=match["instrument"] or "",
                    explains=Identity.FLOW if (key.series, key.measure) in FLOWS else Identity.CARRIED,
                )
            )
        match = _REVISION.match(line)
        key = _labelled(bulletin, match["label"]) if match else None
        if match and key:
            revisions.append(
                Revision(
                    key=key,
                    before=int(match["before"]),
                    after=int(match["after"]),
                    reason=match["reason"],
                    parts=tuple(
                        Part(delta=int(number) if sign == "+" else -int(number), reason=reason)
                        for reason, sign, number in _PART.findall(match["parts"])
                    ),
                )
            )
    return replace(bulletin, adjustments=tuple(adjustments), revisions=tuple(revisions))


def _labelled(bulletin: Bulletin, label: str) -> Key | None:
    """The figure of this bulletin with that place and name."""
    for key in bulletin.stated():
        try:
            if label in {key.place + label_zh(key), canonical(key.place) + label_zh(key)}:
                return key
        except WordingError:
            continue
    return None
