"""Which parts of a bulletin may be named in public when a place has so few cases that people would be known?"""

from collections.abc import Iterable
from dataclasses import replace

from liankong.rules.bulletins_figures import Bulletin, Key
from liankong.rules.bulletins_protection import protect_list


def protect(bulletin: Bulletin, *, threshold: int) -> Bulletin:
    """The bulletin without the figures of places whose numbers lie from 1 to `threshold` - 1 somewhere.

    A place is left out of every list or of none: origins and windows add up, so a number hidden in one list
    could be had back from another. The place's own figures stay; lists that lost a part say that they are
    not complete. Where hiding some parts would not hold against the total, the whole list goes.
    """
    if threshold <= 1:
        return bulletin
    hidden: set[str] = set()
    for rollup in bulletin.rollups:
        parts = [part for part in rollup.children if part != rollup.parent]
        for key in _parent_keys(bulletin, rollup.parent):
            hidden |= _hidden(bulletin, key, parts, threshold)
    if not hidden:
        return bulletin
    return replace(
        bulletin,
        figures=tuple(figure for figure in bulletin.figures if figure.key.place not in hidden),
        rollups=tuple(
            replace(
                rollup,
                children=tuple(part for part in rollup.children if part not in hidden),
                complete=rollup.complete and not hidden & set(rollup.children),
            )
            for rollup in bulletin.rollups
        ),
        adjustments=tuple(line for line in bulletin.adjustments if line.key.place not in hidden),
        revisions=tuple(line for line in bulletin.revisions if line.key.place not in hidden),
    )


def _parent_keys(bulletin: Bulletin, place: str) -> Iterable[Key]:
    return [key for key in bulletin.stated() if key.place == place]


def _hidden(bulletin: Bulletin, key: Key, parts: list[str], threshold: int) -> set[str]:
    values = [max(0, bulletin.value(key.at(place=part)) or 0) for part in parts]
    if not any(values):
        return set()
    printed, total = protect_list(values, threshold=threshold)
    if total is None:
        return {part for part, value in zip(parts, values, strict=True) if value}
    return {part for part, shown in zip(parts, printed, strict=True) if shown is None}
