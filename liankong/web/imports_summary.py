"""What an outbreak's cases look like: sex and age, curve, delays, links, doubts. Figures by `epi`, words here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from liankong.epi import chains, curves, delays, demography, quality, serial
from liankong.epi.arrays import days
from liankong.store.models import Case, CaseLink, Outbreak
from liankong.vocabulary.kinds import Origin, PersonClass
from liankong.vocabulary.spans import local_day
from liankong.web.charts import Chart, Series

# Longer curves are drawn by week.
MOST_DAYS = 120
DOUBTS_SHOWN = 30
# The bootstrap's chance is fixed, so that a page says the same twice.
SEED = 20220108
COLUMNS = (
    "pk",
    "number",
    "person__sex",
    "age",
    "age_high",
    "origin",
    "onset_on",
    "sampled_at",
    "isolated_on",
    "admitted_at",
    "reported_at",
    "confirmed_at",
    "outcome_at",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One delay's line."""

    name: str
    figures: delays.Delay


def _day(value: Any) -> Any:
    return local_day(value) if isinstance(value, datetime) else value


def summary(outbreak: Outbreak) -> dict[str, Any]:
    """All figures of an outbreak's cases, in two queries."""
    rows = list(
        Case.objects.filter(outbreak=outbreak)
        .exclude(classification=PersonClass.EXCLUDED)
        .order_by("pk")
        .values_list(*COLUMNS)
    )
    column = {name: [row[at] for row in rows] for at, name in enumerate(COLUMNS)}
    day = {
        name: days(_day(value) for value in column[name]) for name in COLUMNS if name.endswith(("_on", "_at"))
    }
    numbers = column["number"]
    stated: dict[int, list[str]] = {}
    for case, infector in (
        CaseLink.objects.filter(case__outbreak=outbreak)
        .order_by("rank")
        .values_list("case", "infector_number")
    ):
        stated.setdefault(case, []).append(infector)
    linked = chains.chains(chains.link(numbers, [tuple(stated.get(key, ())) for key in column["pk"]]))
    local = np.array([origin == Origin.LOCAL for origin in column["origin"]], dtype=bool)
    found = quality.check(linked, day["onset_on"], expects_infector=local)
    interval = serial.serial_interval(
        day["onset_on"], linked.links.infector, linked.links.infectee, rng=np.random.default_rng(SEED)
    )
    return {
        "cases": len(rows),
        "pyramid": _pyramid(column),
        "curve": _curve(day["onset_on"], day["reported_at"], day["confirmed_at"]),
        "delays": _delays(day),
        "interval": interval,
        "links": len(linked.links.infector),
        "linked": len(linked.linked),
        "clusters": len(linked.sizes),
        "largest": [int(size) for size in linked.sizes[:10]],
        "spreaders": [(column["pk"][at], numbers[at], count) for at, count in linked.top_spreaders(10)],
        "doubts": _doubts(found, column["pk"], numbers),
    }


def _pyramid(column: dict[str, list[Any]]) -> Chart:
    ages = np.array([np.nan if age is None else age for age in column["age"]], dtype=np.float64)
    highs = np.array([np.nan if age is None else age for age in column["age_high"]], dtype=np.float64)
    counted = demography.sex_by_age(column["person__sex"], ages, highs)
    names = {"female": _("Female"), "male": _("Male"), "unknown": _("Unknown"), "unstated": _("Not stated")}
    tones = {"female": "local", "male": "line", "unknown": "unknown", "unstated": "unknown"}
    labels = [_("unknown") if label == "unknown" else label for label in counted.labels()]
    series = [
        Series(names[sex], tones[sex], [int(count) for count in counted.counts[:, at]])
        for at, sex in enumerate(counted.sexes)
        if counted.counts[:, at].any()
    ]
    return Chart(labels, series, unit=_("cases"))


def _curve(onset: Any, reported: Any, confirmed: Any) -> dict[str, Any]:
    """By onset where most onsets are known, else by report."""
    kinds = [
        (_("day of onset"), onset),
        (_("day of report"), reported),
        (_("day of confirmation"), confirmed),
    ]
    name, chosen = max(kinds, key=lambda kind: int((~np.isnat(kind[1])).sum()))
    known = chosen[~np.isnat(chosen)]
    long = len(known) > 0 and int((known.max() - known.min()).astype(int)) > MOST_DAYS
    curve = curves.epidemic_curve(chosen, by="week" if long else "day")
    series = [Series(_("Cases"), "local", [int(count) for count in curve.totals])]
    return {
        "by": name,
        "chart": Chart(curve.labels(), series, unit=_("cases")),
        "unknown": int(curve.unknown.sum()),
        "weekly": long,
    }


def _delays(day: dict[str, Any]) -> list[Row]:
    pairs = (
        (_("onset to sampling"), "onset_on", "sampled_at"),
        (_("onset to isolation"), "onset_on", "isolated_on"),
        (_("onset to admission"), "onset_on", "admitted_at"),
        (_("onset to report"), "onset_on", "reported_at"),
        (_("onset to confirmation"), "onset_on", "confirmed_at"),
        (_("report to confirmation"), "reported_at", "confirmed_at"),
        (_("admission to outcome"), "admitted_at", "outcome_at"),
        (_("onset to outcome"), "onset_on", "outcome_at"),
    )
    rows = [Row(name, delays.delay(day[start], day[end])) for name, start, end in pairs]
    return [row for row in rows if row.figures.n]


def _doubts(found: list[quality.Finding], keys: list[int], numbers: list[str]) -> list[dict[str, Any]]:
    """Doubts by kind: how many, and the first of them."""
    grouped: dict[quality.Doubt, list[quality.Finding]] = {}
    for one in found:
        grouped.setdefault(one.doubt, []).append(one)
    return [
        {
            "name": doubt_words(doubt),
            "count": len(items),
            "shown": [
                {
                    "case": (keys[one.case], numbers[one.case]),
                    "infector": numbers[one.infector] if one.infector is not None else one.stated,
                    "gap": one.gap,
                }
                for one in items[:DOUBTS_SHOWN]
            ],
        }
        for doubt, items in grouped.items()
    ]


def doubt_words(doubt: quality.Doubt) -> str:
    """What a doubt about a chain is called."""
    return {
        quality.Doubt.SECONDARY_BEFORE_PRIMARY: _("Ill before the infector"),
        quality.Doubt.LONG_GAP: _("Long gap between onsets"),
        quality.Doubt.ONSET_UNKNOWN: _("Onset unknown in a link"),
        quality.Doubt.DANGLING_INFECTOR: _("Infector not in the list"),
        quality.Doubt.NO_INFECTOR: _("Local case without an infector"),
        quality.Doubt.SEVERAL_INFECTORS: _("Several infectors"),
        quality.Doubt.SELF_LINK: _("Named as its own infector"),
        quality.Doubt.CYCLE: _("Circle of infectors"),
    }[doubt]
