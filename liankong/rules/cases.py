"""What is this person to the response, how ill, where from, and by when must it be reported?"""

import difflib
from dataclasses import dataclass, field
from datetime import date, datetime

from liankong.protocols import Absent, Change, Evidence, Protocol
from liankong.protocols.model_cases import ClassRow, SeverityRow
from liankong.protocols.words import Measure
from liankong.rules.cases_course import CourseFault, course_fault, course_faults
from liankong.rules.why import Why, because
from liankong.vocabulary.kinds import Origin, PersonClass, ResultValue, Severity
from liankong.vocabulary.spans import aware

__all__ = [
    "CaseFacts",
    "Classified",
    "CourseFault",
    "Deadline",
    "OriginFound",
    "Reclassified",
    "classify",
    "course_fault",
    "course_faults",
    "evidence_of",
    "opening_class",
    "origin_of",
    "reclassify",
    "report_deadline",
    "review_deadline",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What is known of a person when their class is decided.

    `laboratory` is the standing of their own tests, `reviewed` whether experts have verified it. `signs` are
    codes of the protocol's `cases.signs`. Breaths a minute, oxygen saturation at rest in percent, PaO2/FiO2
    in mmHg.
    """

    laboratory: Evidence = Evidence.NONE
    reviewed: bool = False
    signs: frozenset[str] = field(default_factory=frozenset)
    epi_link: bool = False
    respiratory_rate: float | None = None
    spo2: float | None = None
    pao2_fio2: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """The class, the severity of a confirmed case, and the row of the protocol's table that decided ("" if
    none).
    """

    classification: PersonClass
    severity: Severity | None
    row: str
    why: Why


def evidence_of(value: ResultValue) -> Evidence:
    """A result as evidence; an unreadable tube is none."""
    return {
        ResultValue.POSITIVE: Evidence.POSITIVE,
        ResultValue.NEGATIVE: Evidence.NEGATIVE,
        ResultValue.INVALID: Evidence.NONE,
    }[value]


def classify(facts: CaseFacts, protocol: Protocol) -> Classified:
    """Decide by the protocol's table: the first row whose stated columns all hold. No row: not a case.

    Raises ValueError for a sign that the protocol does not know.
    """
    _check_signs(facts, protocol)
    symptoms = _has_symptoms(facts, protocol)
    for at, row in enumerate(protocol.cases.rows):
        if _matches(row, facts, symptoms):
            severity, cited = _severity(facts, protocol) if row.gives is PersonClass.CONFIRMED else (None, ())
            why = because(
                "cases.classify",
                # Both languages are given, so that the Chinese sentence can quote the instrument's own words.
                "By the case table: {english}.",
                protocol,
                f"cases.rows[{at}]",
                *cited,
                values={"english": row.english, "chinese": row.rule},
            )
            return Classified(classification=row.gives, severity=severity, row=row.code, why=why)
    why = because("cases.classify", "No row of the case table fits: not a case.", protocol)
    return Classified(classification=PersonClass.EXCLUDED, severity=None, row="", why=why)


def opening_class(protocol: Protocol) -> Classified:
    """What somebody is on the strength of a positive tube of their own alone: nobody has reviewed it, no sign
    is known.

    Under the COVID-19 editions with review that is pending review; under 乙类乙管, which has none,
    asymptomatic.
    """
    return classify(CaseFacts(laboratory=Evidence.POSITIVE), protocol)


# --- changes of class -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Reclassified:
    """Whether a change of class may be made, and as what bulletins count it (None: the class itself stays).

    `field` names the part of the request at fault: classification, severity or reason.
    """

    allowed: bool
    change: Change | None = None
    field: str = ""
    why: Why

    @property
    def message(self) -> str:
        return self.why.sentence()


def reclassify(
    before: PersonClass,
    after: PersonClass,
    protocol: Protocol,
    *,
    reason: str = "",
    facts: CaseFacts | None = None,
    severity: Severity | None = None,
    severity_before: Severity | None = None,
) -> Reclassified:
    """Judge a change of class, of severity, or of both. With `facts`, the new class must be what they make
    it.
    """
    values: dict[str, object] = {"before": before.value, "after": after.value}

    def verdict(
        allowed: bool, text: str, *cited: str, change: Change | None = None, field: str = ""
    ) -> Reclassified:
        why = because("cases.reclassify", text, protocol, *cited, values=values)
        return Reclassified(allowed=allowed, change=change, field=field, why=why)

    if severity is not None and after is not PersonClass.CONFIRMED:
        return verdict(
            False, "Only a confirmed case has a severity, not one that is {after}.", field="severity"
        )
    if before is after:
        if severity is not None and severity is not severity_before:
            return verdict(True, "The class stays {after}; the severity changes.")
        return verdict(False, "It is {after} already: nothing changes.", field="classification")
    moves = enumerate(protocol.cases.transitions)
    at, move = next(
        ((at, move) for at, move in moves if (move.before, move.after) == (before, after)), (-1, None)
    )
    if move is None:
        return verdict(False, "This protocol knows no way from {before} to {after}.", field="classification")
    cited = f"cases.transitions[{at}]"
    if move.needs_reason and not reason.strip():
        text = "From {before} to {after} needs a reason in words."
        return verdict(False, text, cited, change=move.change, field="reason")
    if facts is not None and (found := classify(facts, protocol)).classification is not after:
        values["found"] = found.classification.value
        text = "The facts make it {found}, not {after}."
        return verdict(False, text, cited, change=move.change, field="classification")
    return verdict(True, "From {before} to {after} is a lawful change.", cited, change=move.change)


# --- clocks and origin ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    due_at: datetime
    why: Why


def report_deadline(found_at: datetime, protocol: Protocol) -> Deadline:
    """By when a case found (or diagnosed) at a moment must be in the direct-report network. UTC."""
    limit = protocol.clock("report")
    why = because(
        "cases.report_deadline",
        "The direct report is due within the limit after: {after}.",
        protocol,
        "clocks.report",
        values={"after": limit.after},
    )
    return Deadline(due_at=aware(found_at) + limit.value, why=why)


def review_deadline(found_at: datetime, protocol: Protocol) -> Deadline | None:
    """By when experts must have reviewed a screening positive; None where the protocol sets no such limit.
    UTC.
    """
    try:
        limit = protocol.clock("review")
    except Absent:
        return None
    why = because(
        "cases.review_deadline",
        "The review is due within the limit after: {after}.",
        protocol,
        "clocks.review",
        values={"after": limit.after},
    )
    return Deadline(due_at=aware(found_at) + limit.value, why=why)


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginFound:
    origin: Origin
    why: Why


def origin_of(
    *, entered: date | None, reference: date, protocol: Protocol, local_source: bool = False
) -> OriginFound:
    """Local or imported. `entered` is the last day of coming in from abroad, None for no stay abroad;
    `reference` is the onset, or the sampling of somebody without symptoms. A proven local source outweighs a
    journey.
    """
    rule, path = "cases.origin_of", "cases.import_window"
    if local_source:
        return OriginFound(
            origin=Origin.LOCAL, why=because(rule, "A local source of infection is known.", protocol)
        )
    if entered is None:
        return OriginFound(origin=Origin.LOCAL, why=because(rule, "There was no stay abroad.", protocol))
    days = (reference - entered).days
    if days <= protocol.cases.import_window.value.days:
        text = "{days} days after coming in from abroad: within the window."
        why = because(rule, text, protocol, path, values={"days": max(days, 0)})
        return OriginFound(origin=Origin.IMPORTED, why=why)
    why = because(
        rule, "{days} days after coming in: past the window.", protocol, path, values={"days": days}
    )
    return OriginFound(origin=Origin.LOCAL, why=why)


# --- the tables -------------------------------------------------------------------------------------------


def _check_signs(facts: CaseFacts, protocol: Protocol) -> None:
    known = [sign.code for sign in protocol.cases.signs]
    for code in sorted(facts.signs):
        if code not in known:
            near = difflib.get_close_matches(code, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
            raise ValueError(f"{protocol.id} knows no sign {code!r}; {hint}")


def _has_symptoms(facts: CaseFacts, protocol: Protocol) -> bool:
    return any(sign.symptom and sign.code in facts.signs for sign in protocol.cases.signs)


def _matches(row: ClassRow, facts: CaseFacts, symptoms: bool) -> bool:
    return (
        row.laboratory in (None, facts.laboratory)
        and row.reviewed in (None, facts.reviewed)
        and row.epi_link in (None, facts.epi_link)
        and row.symptoms in (None, symptoms)
        and facts.signs.issuperset(row.signs_all)
        and (not row.signs_any or not facts.signs.isdisjoint(row.signs_any))
        and len(facts.signs) >= row.signs_at_least
    )


def _severity(facts: CaseFacts, protocol: Protocol) -> tuple[Severity | None, tuple[str, ...]]:
    """The gravest row that fits, and what it rests on."""
    for at, row in enumerate(protocol.cases.severity):
        path = f"cases.severity[{at}]"
        if not row.signs_any and not row.thresholds:
            return row.gives, (path,)
        crossed = tuple(f"{path}.thresholds[{of}]" for of in _crossed(row, facts))
        if crossed or not facts.signs.isdisjoint(row.signs_any):
            return row.gives, (path, *crossed)
    return None, ()


def _crossed(row: SeverityRow, facts: CaseFacts) -> list[int]:
    measured = {
        Measure.RESPIRATORY_RATE: facts.respiratory_rate,
        Measure.SPO2: facts.spo2,
        Measure.PAO2_FIO2: facts.pao2_fio2,
    }
    crossed = []
    for at, threshold in enumerate(row.thresholds):
        value = measured[threshold.measure]
        if value is None:
            continue
        high = threshold.at_least is not None and value >= threshold.at_least
        low = threshold.at_most is not None and value <= threshold.at_most
        if high or low:
            crossed.append(at)
    return crossed
