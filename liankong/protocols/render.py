"""A protocol as a page of Markdown: what it retires, every number with its source, its tables, its worked
examples.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from liankong.protocols.checks import walk
from liankong.protocols.leaves import Sourced, Statement
from liankong.protocols.model import Cluster, Criterion, InForce
from liankong.protocols.model_cases import ClassRow, SeverityRow, Sign, Transition
from liankong.protocols.protocol import Protocol, describe
from liankong.protocols.words import Concept

_GRADES = {
    "S1": "text of the law, official notice, national bulletin or standards body",
    "S2": "named news agency or press conference",
    "S3": "a hint: verify before relying on it",
    "G": "general knowledge, no source found",
    "X": "looked for, not found",
    "D": "derived by arithmetic",
}
# Shown in tables of their own.
_TABLED = (ClassRow, SeverityRow, Sign, Transition, InForce, Criterion)


def render_markdown(protocol: Protocol) -> str:
    """The whole page. Section headings follow the file, so a reader can go from the page to the key and back."""
    document = protocol.document
    period = document.in_force
    until = period.last_day.isoformat() if period.last_day else "today"
    lines = [
        f"# {document.english}",
        "",
        f"**{document.name}** · `{protocol.id}` · pathogen `{protocol.pathogen}`",
        "",
        document.summary,
        "",
        f"In force {period.first_day.isoformat()} to {until} ({_source(protocol, period)})"
        + (f", in the divisions {', '.join(document.divisions)}" if document.divisions else "")
        + (f". Extends `{document.extends}`" if document.extends else "")
        + ".",
        "",
    ]
    lines += _concepts(protocol)
    lines += _definitions(protocol)
    lines += _numbers(protocol)
    lines += _criteria(protocol)
    lines += _case_tables(protocol)
    lines += _examples(protocol)
    lines += _instruments(protocol)
    return "\n".join(lines).rstrip() + "\n"


def render_index(protocols: Iterable[Protocol]) -> str:
    """A page that lists protocols and explains the grades."""
    rows = [
        (
            f"[`{one.id}`]({one.id}.md)",
            f"{one.english}<br>{one.name}",
            one.document.in_force.first_day.isoformat(),
            one.document.in_force.last_day.isoformat() if one.document.in_force.last_day else "",
            ", ".join(one.divisions) or "nation",
        )
        for one in protocols
    ]
    lines = [
        "# Protocols",
        "",
        "Every number stands with its instrument and a grade of how well it is sourced.",
        "",
    ]
    lines += _table(("grade", "meaning"), list(_GRADES.items()))
    lines += _table(("id", "protocol", "first day", "last day", "where"), rows)
    return "\n".join(lines)


def _concepts(protocol: Protocol) -> list[str]:
    rows: list[Sequence[str]] = []
    for concept in Concept:
        retirement = protocol.document.retired.get(concept)
        if retirement is not None:
            rows.append((concept.value, "**retired**", _source(protocol, retirement), retirement.note))
        else:
            rows.append((concept.value, "used" if protocol.has(concept) else "not stated", "", ""))
    return ["## Concepts", "", *_table(("concept", "here", "source", "note"), rows)]


def _definitions(protocol: Protocol) -> list[str]:
    rows = [
        (kind.value, f"{text.english}<br>{text.value}", _source(protocol, text))
        for kind, text in protocol.document.classes.items()
    ]
    return ["## Person classes", "", *_table(("class", "definition", "source"), rows)]


def _numbers(protocol: Protocol) -> list[str]:
    rows = []
    for path, leaf in walk(protocol.document):
        if isinstance(leaf, _TABLED) or path.split(".")[0] in ("retired", "classes", "in_force"):
            continue
        rows.append(
            (f"`{path}`", _value(leaf), protocol.instrument(leaf.instrument), leaf.grade.value, leaf.note)
        )
    return ["## Numbers and measures", "", *_table(("key", "value", "instrument", "grade", "note"), rows)]


def _value(leaf: Sourced) -> str:
    """The value with whatever else the reader must know to use it."""
    if isinstance(leaf, Statement):
        return f"{leaf.english}<br>{leaf.value}" if leaf.english else leaf.value
    said = describe(leaf)
    if isinstance(leaf, Cluster):
        return f"{said} in {leaf.english}<br>{leaf.place}"
    extra: list[str] = []
    for name in ("after", "task", "scope", "english", "subject", "tube"):
        text = getattr(leaf, name, "")
        if text:
            extra.append(f"{name}: {text}")
    return said + (f" ({'; '.join(extra)})" if extra else "")


def _criteria(protocol: Protocol) -> list[str]:
    contact = protocol.document.contact
    if contact is None or not contact.criteria:
        return []
    rows = [
        (str(one.number), f"{one.english}<br>{one.value}", _source(protocol, one)) for one in contact.criteria
    ]
    return ["## Who is a close contact", "", *_table(("no.", "criterion", "source"), rows)]


def _case_tables(protocol: Protocol) -> list[str]:
    cases = protocol.cases
    rows = [
        (
            str(at + 1),
            row.gives.value,
            f"{row.english}<br>{row.rule}",
            _conditions(row),
            _source(protocol, row),
        )
        for at, row in enumerate(cases.rows)
    ]
    lines = ["## Case classification", "", "The first row that fits decides.", ""]
    lines += _table(("row", "gives", "rule", "conditions", "source"), rows)
    signs = [(f"`{one.code}`", f"{one.english}<br>{one.name}", _source(protocol, one)) for one in cases.signs]
    lines += ["### Signs", "", *_table(("code", "sign", "source"), signs)]
    if cases.severity:
        grave = [(one.gives.value, one.english, _source(protocol, one)) for one in cases.severity]
        lines += ["### Severity", "", *_table(("severity", "rule", "source"), grave)]
    moves = [
        (
            one.before.value,
            one.after.value,
            one.change.value,
            "yes" if one.needs_reason else "",
            _source(protocol, one),
        )
        for one in cases.transitions
    ]
    return [
        *lines,
        "### Lawful changes",
        "",
        *_table(("from", "to", "counts as", "needs a reason", "source"), moves),
    ]


def _conditions(row: ClassRow) -> str:
    said: list[str] = []
    for name in ("laboratory", "reviewed", "epi_link", "symptoms"):
        value = getattr(row, name)
        if value is not None:
            said.append(f"{name}: {describe_plain(value)}")
    said += [
        f"{name.replace('_', ' ')}: {', '.join(getattr(row, name))}"
        for name in ("signs_all", "signs_any")
        if getattr(row, name)
    ]
    if row.signs_at_least:
        said.append(f"at least {row.signs_at_least} signs")
    return "; ".join(said)


def describe_plain(value: object) -> str:
    """A plain value of a table or an example."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return (
            ", ".join(describe_plain(item) for item in value) if len(value) <= 6 else f"{len(value)} of them"
        )
    return str(value) if value != "" else "none"


def _examples(protocol: Protocol) -> list[str]:
    if not protocol.examples:
        return []
    lines = ["## Worked examples", "", "Each is run as a test against the rules.", ""]
    for example in protocol.examples:
        lines += [
            f"**{example.name}** (`{example.rule}`)",
            "",
            f"- given {_pairs(example.given)}",
            f"- then {_pairs(example.then)}",
            "",
        ]
    return lines


def _pairs(words: dict[str, Any]) -> str:
    return "; ".join(f"{key}: {describe_plain(value)}" for key, value in words.items())


def _instruments(protocol: Protocol) -> list[str]:
    used = {leaf.instrument for _, leaf in walk(protocol.document)}
    rows = [
        (one.title, one.english, one.issued.isoformat() if one.issued else "")
        for key, one in protocol.document.instruments.items()
        if key in used
    ]
    return ["## Instruments", "", *_table(("title", "in English", "issued"), rows)]


def _source(protocol: Protocol, leaf: Sourced) -> str:
    return f"{protocol.instrument(leaf.instrument)}, {leaf.grade.value}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    body = [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
    return [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *body, ""]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
