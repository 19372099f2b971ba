"""What came of trying one identity on one figure, and how a difference is weighed against the adjustments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from liankong.rules.bulletins_figures import Adjustment, Bulletin, Identity, Key


class State(StrEnum):
    OK = "ok"
    EXPLAINED = "explained"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Term:
    """One number on the right-hand side; `sign` is +1 or -1."""

    sign: int
    key: Key
    value: int
    before: bool = False  # taken from the previous day's bulletin


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One identity, tried on one figure. `delta` = left - right; for "not above" identities, the excess."""

    identity: Identity
    formula: str
    key: Key
    state: State
    left: int | None = None
    right: int | None = None
    delta: int = 0
    relation: str = "="
    terms: tuple[Term, ...] = ()
    explained_by: tuple[Adjustment, ...] = ()
    note: str = ""

    @property
    def arithmetic(self) -> str:
        """The identity in numbers: "290 = 145 + 3 + 142". An explained one includes its adjustments, a failed
        one shows that it does not hold: "51986 ≠ 48206 + 4823".
        """
        if self.left is None or self.right is None:
            return ""
        if self.state is State.EXPLAINED:
            steps = [(term.sign * term.value) for term in self.terms] or [self.right]
            return f"{self.left} = {_spelled([*steps, *(line.delta for line in self.explained_by)])}"
        relation = self.relation
        if self.state is State.FAILED:
            relation = {"=": "≠", "≤": "≰", "≥": "≱"}[relation]
        return f"{self.left} {relation} {_spelled([t.sign * t.value for t in self.terms]) or self.right}"


def may_sign(findings: Iterable[Finding]) -> bool:
    """Blocks, not warns: one identity that fails unexplained and nobody may sign."""
    return all(finding.state is not State.FAILED for finding in findings)


def balance(
    bulletin: Bulletin,
    identity: Identity,
    formula: str,
    key: Key,
    terms: Sequence[Term],
    *,
    left: int | None = None,
    relation: str = "=",
    note: str = "",
) -> Finding:
    """Weigh `left` (by default the stated value of `key`) against the sum of `terms`."""
    left = need(bulletin, key) if left is None else left
    right = sum(term.sign * term.value for term in terms)
    delta = left - right
    if relation == "≤":
        delta = max(0, delta)
    elif relation == "≥":
        delta = min(0, delta)
    lines = _adjustments(bulletin, identity, key)
    # an adjustment that explains a difference which is not there fails too
    balanced = sum(line.delta for line in lines) == delta
    state = State.FAILED if not balanced else State.EXPLAINED if delta else State.OK
    return Finding(
        identity=identity,
        formula=formula,
        key=key,
        state=state,
        left=left,
        right=right,
        delta=delta,
        relation=relation,
        terms=tuple(terms),
        explained_by=tuple(lines),
        note=note,
    )


def _adjustments(bulletin: Bulletin, identity: Identity, key: Key) -> list[Adjustment]:
    """The lines for this figure; a day-to-day line may be given by the parts only (six cities named)."""
    lines = [line for line in bulletin.adjustments if line.explains is identity]
    own = [line for line in lines if line.key == key]
    if own or identity not in {Identity.CARRIED, Identity.FLOW}:
        return own
    for rollup in bulletin.rollups:
        if rollup.parent != key.place or rollup.parent_geography != key.geography:
            continue
        parts = {key.at(place=place, geography=rollup.geography) for place in rollup.children}
        of_parts = [line for line in lines if line.key in parts]
        if of_parts:
            return of_parts
    return []


def value_of(bulletin: Bulletin, key: Key) -> int | None:
    """The stated value, or the zero that a complete list of parts implies for a part it does not name."""
    value = bulletin.value(key)
    if value is not None:
        return value
    for rollup in bulletin.rollups:
        if not rollup.complete or key.place not in rollup.children or key.geography != rollup.geography:
            continue
        parent = key.at(place=rollup.parent, geography=rollup.parent_geography)
        if rollup.only in (None, parent) and parent != key and bulletin.value(parent) is not None:
            return 0
    return None


def need(bulletin: Bulletin, key: Key) -> int:
    value = value_of(bulletin, key)
    assert value is not None  # callers pass keys of this bulletin
    return value


def _spelled(steps: Sequence[int]) -> str:
    """A sum step by step; a zero keeps its plus, so that it is seen to have been counted."""
    words: list[str] = []
    for step in steps:
        sign = "-" if step < 0 else "+"
        words += [sign] if words or step < 0 else []
        words.append(str(abs(step)))
    return " ".join(words)
