"""CAP 1.2 messages (OASIS Common Alerting Protocol, ITU-T X.1303 bis): written, read back and held to the standard.

A message names places, never people. `Alert` is the message in the standard's own order; `write` refuses what the
standard refuses, so nothing invalid leaves the node. Elements and their order: section 3.2 of the standard.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from xml.etree import ElementTree as ET  # nosec B405  # what is read is UTF-8 without a document type, see _root

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"


class Status(StrEnum):
    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    SYSTEM = "System"
    TEST = "Test"
    DRAFT = "Draft"


class MessageKind(StrEnum):
    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"
    ACK = "Ack"
    ERROR = "Error"


class Scope(StrEnum):
    PUBLIC = "Public"
    RESTRICTED = "Restricted"
    PRIVATE = "Private"


class Category(StrEnum):
    GEO = "Geo"
    MET = "Met"
    SAFETY = "Safety"
    SECURITY = "Security"
    RESCUE = "Rescue"
    FIRE = "Fire"
    HEALTH = "Health"
    ENV = "Env"
    TRANSPORT = "Transport"
    INFRA = "Infra"
    CBRNE = "CBRNE"
    OTHER = "Other"


class Response(StrEnum):
    SHELTER = "Shelter"
    EVACUATE = "Evacuate"
    PREPARE = "Prepare"
    EXECUTE = "Execute"
    AVOID = "Avoid"
    MONITOR = "Monitor"
    ASSESS = "Assess"
    ALL_CLEAR = "AllClear"
    NONE = "None"


class Urgency(StrEnum):
    IMMEDIATE = "Immediate"
    EXPECTED = "Expected"
    FUTURE = "Future"
    PAST = "Past"
    UNKNOWN = "Unknown"


class Gravity(StrEnum):
    """The standard's `severity`."""

    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


class Certainty(StrEnum):
    OBSERVED = "Observed"
    LIKELY = "Likely"
    POSSIBLE = "Possible"
    UNLIKELY = "Unlikely"
    UNKNOWN = "Unknown"


Pair = tuple[str, str]
Point = tuple[float, float]  # longitude, latitude, WGS 84


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertArea:
    """Where. A polygon is a closed ring of at least four points; `geocode` pairs name a code system and a code."""

    description: str
    polygons: tuple[tuple[Point, ...], ...] = ()
    geocodes: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """The message in one language."""

    language: str
    event: str
    urgency: Urgency
    severity: Gravity
    certainty: Certainty
    category: Category = Category.HEALTH
    responses: tuple[Response, ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    parameters: tuple[Pair, ...] = ()
    areas: tuple[AlertArea, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An earlier message, as the standard names it."""

    sender: str
    identifier: str
    sent: datetime

    def __str__(self) -> str:
        return f"{self.sender},{self.identifier},{moment(self.sent)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    identifier: str
    sender: str
    sent: datetime
    status: Status
    kind: MessageKind
    scope: Scope = Scope.PUBLIC
    note: str = ""
    references: tuple[Reference, ...] = ()
    infos: tuple[Info, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Fault:
    """Which element is not as the standard has it, and what it expects."""

    path: str
    expected: str

    def __str__(self) -> str:
        return f"{self.path}: expected {self.expected}"


class CapError(ValueError):
    """A message that is not CAP 1.2; `faults` name every element at fault."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = faults


# --- writing -----------------------------------------------------------------------------------------------------


def write(alert: Alert) -> bytes:
    """The message as XML. Raises CapError when it would not be CAP 1.2."""
    root = ET.Element(f"{{{NAMESPACE}}}alert")
    _texts(
        root,
        ("identifier", alert.identifier),
        ("sender", alert.sender),
        ("sent", moment(alert.sent)),
        ("status", alert.status.value),
        ("msgType", alert.kind.value),
        ("scope", alert.scope.value),
        ("note", alert.note),
        ("references", " ".join(str(one) for one in alert.references)),
    )
    for info in alert.infos:
        _info(root, info)
    ET.register_namespace("", NAMESPACE)
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    faults = validate(data)
    if faults:
        raise CapError(faults)
    return data + b"\n"


def _info(root: ET.Element, info: Info) -> None:
    here = ET.SubElement(root, f"{{{NAMESPACE}}}info")
    _texts(
        here,
        ("language", info.language),
        ("category", info.category.value),
        ("event", info.event),
        *(("responseType", one.value) for one in info.responses),
        ("urgency", info.urgency.value),
        ("severity", info.severity.value),
        ("certainty", info.certainty.value),
        ("effective", moment(info.effective) if info.effective else ""),
        ("onset", moment(info.onset) if info.onset else ""),
        ("expires", moment(info.expires) if info.expires else ""),
        ("senderName", info.sender_name),
        ("headline", info.headline),
        ("description", info.description),
        ("instruction", info.instruction),
        ("web", info.web),
        ("contact", info.contact),
    )
    for name, value in info.parameters:
        _pair(here, "parameter", name, value)
    for area in info.areas:
        there = ET.SubElement(here, f"{{{NAMESPACE}}}area")
        _texts(there, ("areaDesc", area.description))
        # The standard writes latitude first.
        _texts(
            there,
            *(
                ("polygon", " ".join(f"{_degrees(y)},{_degrees(x)}" for x, y in ring))
                for ring in area.polygons
            ),
        )
        for name, value in area.geocodes:
            _pair(there, "geocode", name, value)


def _texts(parent: ET.Element, *pairs: Pair) -> None:
    for name, text in pairs:
        if text:
            ET.SubElement(parent, f"{{{NAMESPACE}}}{name}").text = text


def _pair(parent: ET.Element, tag: str, name: str, value: str) -> None:
    here = ET.SubElement(parent, f"{{{NAMESPACE}}}{tag}")
    _texts(here, ("valueName", name), ("value", value))


def _degrees(value: float) -> str:
    """To a tenth of a metre, without zeros at the end."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def moment(at: datetime) -> str:
    """As the standard has it: to the second, with an offset and never "Z". Raises ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone")
    text = at.isoformat(timespec="seconds")
    return text[:-6] + "-00:00" if text.endswith("+00:00") else text


# --- holding to the standard -------------------------------------------------------------------------------------

_ALERT = "identifier sender sent status msgType source scope restriction addresses code note references incidents info"
_INFO = (
    "language category event responseType urgency severity certainty audience eventCode effective onset expires "
    "senderName headline description instruction web contact parameter resource area"
)
_AREA = "areaDesc polygon circle geocode altitude ceiling"
_RESOURCE = "resourceDesc mimeType size uri derefUri digest"
_PAIR = "valueName value"
ORDER: Final[dict[str, tuple[str, ...]]] = {
    "alert": tuple(_ALERT.split()),
    "info": tuple(_INFO.split()),
    "area": tuple(_AREA.split()),
    "resource": tuple(_RESOURCE.split()),
    "geocode": tuple(_PAIR.split()),
    "parameter": tuple(_PAIR.split()),
    "eventCode": tuple(_PAIR.split()),
}
REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "alert": ("identifier", "sender", "sent", "status", "msgType", "scope"),
    "info": ("category", "event", "urgency", "severity", "certainty"),
    "area": ("areaDesc",),
    "resource": ("resourceDesc", "mimeType"),
    "geocode": ("valueName", "value"),
    "parameter": ("valueName", "value"),
    "eventCode": ("valueName", "value"),
}
REPEATED: Final = frozenset(
    {"code", "info", "category", "responseType", "eventCode", "parameter"}
    | {"resource", "area", "polygon", "circle", "geocode"}
)
WORDS: Final[dict[str, type[StrEnum]]] = {
    "status": Status,
    "msgType": MessageKind,
    "scope": Scope,
    "category": Category,
    "responseType": Response,
    "urgency": Urgency,
    "severity": Gravity,
    "certainty": Certainty,
}
_DATES: Final = frozenset({"sent", "effective", "onset", "expires"})
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")
_NAME = re.compile(r"[^\s,<&]+")
_REFERENCES = re.compile(r"[^\s,<&]+,[^\s,<&]+,\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d(?:\s+\S+)*")
_LEAST_RING = 4


def validate(data: bytes) -> tuple[Fault, ...]:
    """Everything in which a message departs from CAP 1.2: elements, their order and number, and their values."""
    try:
        root = _root(data)
    except (ET.ParseError, ValueError) as error:
        return (Fault("alert", f"well-formed XML in UTF-8 without a document type ({error})"),)
    if root.tag != f"{{{NAMESPACE}}}alert":
        return (Fault("alert", f"an <alert> of {NAMESPACE}"),)
    return tuple(_faults(root, "alert", "alert"))


def _root(data: bytes) -> ET.Element:
    """The parsed message. Without a document type there are no entities, so nothing can be expanded or fetched."""
    text = data.decode("utf-8")
    if "<!DOCTYPE" in text.upper():
        raise ValueError("a document type is not allowed")
    return ET.fromstring(text.encode("utf-8"))  # noqa: S314  # as said above  # nosec B314


def _faults(element: ET.Element, name: str, path: str) -> Iterator[Fault]:
    order = ORDER[name]
    counts: dict[str, int] = {}
    reached = 0
    for child in element:
        tag = child.tag.removeprefix(f"{{{NAMESPACE}}}") if isinstance(child.tag, str) else ""
        if tag not in order:
            yield Fault(f"{path}.{tag or 'comment'}", f"one of {', '.join(order)}")
            continue
        at = order.index(tag)
        if at < reached:
            yield Fault(f"{path}.{tag}", f"before {order[reached]}")
        reached = max(reached, at)
        counts[tag] = counts.get(tag, 0) + 1
        here = f"{path}.{tag}[{counts[tag] - 1}]" if tag in REPEATED else f"{path}.{tag}"
        if counts[tag] > 1 and tag not in REPEATED:
            yield Fault(here, "at most once")
        if tag in ORDER:
            yield from _faults(child, tag, here)
        else:
            yield from _value(tag, (child.text or "").strip(), here)
    for tag in REQUIRED[name]:
        if not counts.get(tag):
            yield Fault(f"{path}.{tag}", "this element")
    if name == "alert":
        yield from _message(element)


def _value(tag: str, text: str, path: str) -> Iterator[Fault]:
    if tag in WORDS and text not in set(WORDS[tag]):
        yield Fault(path, f"one of {', '.join(WORDS[tag])}, got {text!r}")
    elif tag in _DATES and not _DATE.fullmatch(text):
        yield Fault(path, f"a moment such as 2022-01-08T12:00:00+08:00, got {text!r}")
    elif tag in ("identifier", "sender") and not _NAME.fullmatch(text):
        yield Fault(path, f"no space, comma, < or &, got {text!r}")
    elif tag == "references" and not _REFERENCES.fullmatch(text):
        yield Fault(path, "sender,identifier,sent for each earlier message")
    elif tag == "polygon":
        points = text.split()
        if len(points) < _LEAST_RING or points[0] != points[-1] or not all(_is_point(one) for one in points):
            yield Fault(path, "a closed ring of four or more latitude,longitude pairs")
    elif not text:
        yield Fault(path, "a text")


def _is_point(text: str) -> bool:
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError:
        return False
    return abs(latitude) <= 90 and abs(longitude) <= 180


def _message(root: ET.Element) -> Iterator[Fault]:
    kind = root.findtext(f"{{{NAMESPACE}}}msgType", "")
    refers = root.findtext(f"{{{NAMESPACE}}}references", "")
    if kind in (MessageKind.UPDATE, MessageKind.CANCEL) and not refers:
        yield Fault("alert.references", f"the messages that this {kind} is about")
    exercise = root.findtext(f"{{{NAMESPACE}}}status", "") == Status.EXERCISE
    if exercise and not root.findtext(f"{{{NAMESPACE}}}note", ""):
        yield Fault("alert.note", "which exercise it is")
