"""Which cases are there? Filters, orderings and columns of the case list, and its exports."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import DateField, Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from liankong.store.models import Case, CaseChange, CaseLink, Person
from liankong.vocabulary.kinds import CASE_CLASSES, PersonClass, Severity
from liankong.vocabulary.spans import local
from liankong.web import labels
from liankong.web.context import Sight
from liankong.web.overview_figures import child_length, parts_of
from liankong.web.places import division_name

ORDERINGS: dict[str, tuple[str, ...]] = {
    "found": ("found_at", "pk"),
    "number": ("number", "pk"),
    "onset": ("onset_key", "pk"),
}
DEFAULT = "-found"
NO_ONSET = date(1, 1, 1)
GROUPS: dict[str, tuple[str, ...]] = {
    "infected": (PersonClass.CONFIRMED, PersonClass.ASYMPTOMATIC),
    "grave": (Severity.SEVERE, Severity.CRITICAL),
}
SEARCH_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Filter:
    """One control of the filter bar."""

    name: str
    label: str
    options: list[tuple[str, Any]]
    value: str

    @property
    def chosen(self) -> str:
        return str(dict(self.options).get(self.value, self.value))


def filters(query: Mapping[str, str], seen: Sight) -> list[Filter]:
    classes = labels.options("class", tuple(CASE_CLASSES))
    grave = _("Severe or critical")
    return [
        Filter("class", _("Class"), [("infected", _("Infections")), *classes], query.get("class", "")),
        Filter(
            "severity",
            _("Severity"),
            [("grave", grave), *labels.options("severity")],
            query.get("severity", ""),
        ),
        Filter("origin", _("Origin"), labels.options("origin"), query.get("origin", "")),
        Filter("outcome", _("Outcome"), labels.options("outcome"), query.get("outcome", "")),
        Filter("source", _("Source"), [("yes", _("known")), ("no", _("unknown"))], query.get("source", "")),
        Filter("division", _("Division"), divisions(query, seen), query.get("division", "")),
    ]


def divisions(query: Mapping[str, str], seen: Sight) -> list[tuple[str, str]]:
    """The divisions one level below the outbreak's, and whichever the address names."""
    base = (
        seen.outbreak.division
        if seen.outbreak and seen.outbreak.division.startswith(seen.division)
        else seen.division
    )
    codes = parts_of(base, child_length(base)) if base else []
    wanted = query.get("division", "")
    if wanted and wanted not in codes:
        codes.append(wanted)
    return [(code, division_name(code)) for code in codes]


def select(query: Mapping[str, str], seen: Sight) -> "QuerySet[Case]":
    """The cases that an address asks for. What it does not understand it leaves out of the question."""
    cases = Case.objects.filter(outbreak_id=seen.outbreak.pk) if seen.outbreak else Case.objects.none()
    as_of = _day(query.get("as_of", ""))
    if as_of:
        cases = _as_of(cases, as_of)
    for name, column, dated in (
        ("class", "classification", True),
        ("severity", "severity", True),
        ("origin", "origin", False),
        ("outcome", "outcome", True),
    ):
        value = query.get(name, "")
        if value:
            asked = f"then_{column}" if as_of and dated else column
            cases = cases.filter(**{f"{asked}__in": GROUPS.get(value, (value,))})
    division = query.get("division", "")
    if division.isdecimal():
        cases = cases.filter(division__gte=division, division__lt=f"{division}:")
    search = query.get("q", "").strip()[:SEARCH_LENGTH]
    if search:
        cases = cases.filter(number__istartswith=search)
    if query.get("source") in ("yes", "no"):
        known = Exists(CaseLink.objects.filter(case=OuterRef("pk"), rank=1))
        cases = cases.filter(known if query["source"] == "yes" else ~known)
    return _by_day(cases, query)


def _as_of(cases: "QuerySet[Case]", day: date) -> "QuerySet[Case]":
    """Cases known by the end of a day, with what was said of them then beside what is said now."""
    end = local(day + timedelta(days=1))
    last = CaseChange.objects.filter(case=OuterRef("pk"), at__lt=end).order_by("-at", "-pk")
    then = {
        f"then_{column}": Coalesce(Subquery(last.values(column)[:1]), F(column))
        for column in ("classification", "severity", "outcome")
    }
    return cases.filter(found_at__lt=end).annotate(**then)


def _by_day(cases: "QuerySet[Case]", query: Mapping[str, str]) -> "QuerySet[Case]":
    since, until, confirmed = (_day(query.get(name, "")) for name in ("since", "until", "confirmed_on"))
    if since:
        cases = cases.filter(found_at__gte=local(since))
    if until:
        cases = cases.filter(found_at__lt=local(until + timedelta(days=1)))
    if confirmed:
        next_day = local(confirmed + timedelta(days=1))
        cases = cases.filter(confirmed_at__gte=local(confirmed), confirmed_at__lt=next_day)
    return cases


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def ordering(query: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The ordering asked for, as the address says it and as columns."""
    wanted = query.get("sort", DEFAULT)
    back = wanted.startswith("-")
    columns = ORDERINGS.get(wanted.removeprefix("-"))
    if columns is None:
        return ordering({})
    return wanted, tuple(f"-{column}" if back else column for column in columns)


def with_onset_key(cases: "QuerySet[Case]") -> "QuerySet[Case]":
    """Unknown onsets sort before all others, and paging needs a column without nulls."""
    return cases.annotate(onset_key=Coalesce("onset_on", Value(NO_ONSET), output_field=DateField()))


def with_people(rows: Iterable[Case]) -> None:
    """Sex of each case's person and the number of its source. Two queries, whatever the length of the page.

    Not by a join: a person may meanwhile belong to a division outside the sight, and the case must still show.
    """
    cases = list(rows)
    people = Person.objects.in_bulk([case.person_id for case in cases])
    links = {
        case: (infector, number)
        for case, infector, number in CaseLink.objects.filter(
            case__in=[case.pk for case in cases], rank=1
        ).values_list("case_id", "infector_id", "infector_number")
    }
    for case in cases:
        person = people.get(case.person_id)
        case.sex = person.sex if person else ""  # type: ignore[attr-defined]  # for the template alone
        case.infector_id, case.infector_number = links.get(case.pk, (None, ""))  # type: ignore[attr-defined]  # as above


# --- exports: identifiers only --------------------------------------------------------------------------------------

COLUMNS = (
    "number",
    "person_id",
    "division",
    "classification",
    "severity",
    "origin",
    "found_by",
    "age",
    "exposed_from",
    "exposed_to",
    "onset_on",
    "sampled_at",
    "isolated_on",
    "found_at",
    "reported_at",
    "confirmed_at",
    "admitted_at",
    "outcome",
    "outcome_at",
    "protocol",
)
HEADER = (*COLUMNS, "infector")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export_rows(cases: "QuerySet[Case]") -> Iterator[list[str]]:
    """Header, then one row a case. No name, address or phone: those leave only through the registry."""
    yield list(HEADER)
    chosen = cases.order_by("number", "pk")
    infectors = dict(
        CaseLink.objects.filter(case__in=chosen.order_by().values("pk"), rank=1).values_list(
            "case_id", "infector_number"
        )
    )
    for pk, *values in chosen.values_list("pk", *COLUMNS).iterator(chunk_size=5000):
        yield [*(_cell(value) for value in values), _cell(infectors.get(pk, ""))]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if hasattr(value, "hour"):
        return timezone.localtime(value).isoformat(timespec="minutes")
    text = str(value)
    # A spreadsheet runs what begins like a formula.
    return f"'{text}" if text.startswith(FORMULA) else text


def as_csv(rows: Iterable[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    # With its mark, or spreadsheets on Windows take it for another encoding.
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_excel(rows: Iterable[list[str]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("cases")
    sheet.freeze_panes = "A2"
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


__all__ = [
    "COLUMNS",
    "DEFAULT",
    "Filter",
    "as_csv",
    "as_excel",
    "export_rows",
    "filters",
    "ordering",
    "select",
]
