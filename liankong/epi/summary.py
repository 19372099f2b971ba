"""A whole line list at a glance: counts, curves, delays, links, serial interval and doubts in one call.

`summarise(records, rng=...)` bundles the other modules; `as_dict` gives the same as plain values for JSON.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from liankong.epi.arrays import days, to_date
from liankong.epi.chains import Chains, chains, link
from liankong.epi.curves import Curve, Step, epidemic_curve
from liankong.epi.delays import Delay, delay, upper_fence
from liankong.epi.demography import SexByAge, sex_by_age
from liankong.epi.quality import Doubt, Finding, check
from liankong.epi.serial import SerialInterval, serial_interval
from liankong.vocabulary.facts import CaseRecord
from liankong.vocabulary.kinds import CASE_CLASSES, Origin, Outcome, PersonClass

CURVES = ("onset", "confirmed", "reported")
COUNTED = ("sex", "classification", "severity", "origin", "outcome")
DELAYS = (
    ("exposed_to", "onset"),
    ("onset", "sampled"),
    ("onset", "isolated"),
    ("onset", "admitted"),
    ("onset", "reported"),
    ("onset", "confirmed"),
    ("sampled", "confirmed"),
    ("reported", "confirmed"),
    ("admitted", "outcome_day"),
    ("confirmed", "outcome_day"),
    ("onset", "died"),
)


@dataclass(frozen=True, slots=True)
class Summary:
    """`records`: those counted as cases, to which all positions refer; `set_aside`: numbers of those that are
    not cases (excluded, contacts) by classification. `delays`: (from, to) -> figures, where any case has both.
    `long_gap`: the onset gap in days beyond which links were doubted; `long_gap_stated`: by the caller, or else
    as the upper fence of the gaps themselves.
    """

    records: tuple[CaseRecord, ...]
    set_aside: dict[str, int]
    counts: dict[str, dict[str, int]]
    deaths: int
    clusters: dict[str, int]
    demography: SexByAge
    curves: dict[str, Curve]
    delays: dict[tuple[str, str], Delay]
    chains: Chains
    serial: SerialInterval
    findings: tuple[Finding, ...]
    long_gap: float | None
    long_gap_stated: bool


def summarise(
    records: Sequence[CaseRecord],
    *,
    rng: np.random.Generator,
    related: Sequence[tuple[str, str]] = (),
    step: Step = "day",
    long_gap: float | None = None,
) -> Summary:
    """Summarise records with unique keys. `related`: linked pairs without a direction; `long_gap` in days.

    Deterministic for a given `rng` state. Raises `ValueError` for repeated keys.
    """
    cases = tuple(record for record in records if _is_case(record))
    by_day = {name: days(getattr(record, name) for record in cases) for name in _DAY_FIELDS}
    graph = chains(link([case.key for case in cases], [case.infectors for case in cases], related))
    serial = serial_interval(by_day["onset"], graph.links.infector, graph.links.infectee, rng=rng)
    limit = upper_fence(serial.intervals) if long_gap is None else long_gap
    any_link = len(graph.links.infector) > 0
    imported = np.array([case.origin is Origin.IMPORTED for case in cases], dtype=bool)
    return Summary(
        records=cases,
        set_aside=dict(Counter(str(one.classification) for one in records if not _is_case(one))),
        counts={name: _count(cases, name) for name in COUNTED},
        deaths=sum(case.died is not None or case.outcome is Outcome.DEAD for case in cases),
        clusters=dict(Counter(case.cluster for case in cases if case.cluster).most_common()),
        demography=sex_by_age(
            [str(case.sex) for case in cases],
            _numbers([case.age for case in cases]),
            _numbers([case.age_high for case in cases]),
        ),
        curves={name: epidemic_curve(by_day[name], by=step) for name in CURVES},
        delays={
            (start, end): figures
            for start, end in DELAYS
            if (figures := delay(by_day[start], by_day[end])).n > 0
        },
        chains=graph,
        serial=serial,
        findings=tuple(
            check(graph, by_day["onset"], long_gap=limit, expects_infector=~imported if any_link else None)
        ),
        long_gap=limit,
        long_gap_stated=long_gap is not None,
    )


_DAY_FIELDS = tuple(dict.fromkeys([*CURVES, *(name for pair in DELAYS for name in pair)]))


def _is_case(record: CaseRecord) -> bool:
    return record.classification in CASE_CLASSES and record.classification is not PersonClass.EXCLUDED


def _count(cases: Sequence[CaseRecord], name: str) -> dict[str, int]:
    return dict(Counter(str(getattr(case, name) or "unknown") for case in cases).most_common())


def _numbers(values: list[float | None]) -> Any:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def as_dict(summary: Summary) -> dict[str, Any]:
    """The summary in plain values, cases by their keys, days as ISO text: ready for JSON."""
    return {
        "cases": len(summary.records),
        "set_aside": summary.set_aside,
        "counts": summary.counts,
        "deaths": summary.deaths,
        "sex_by_age": demography_dict(summary.demography),
        "curves": {name: curve_dict(curve) for name, curve in summary.curves.items()},
        "delays": [
            {"from": start, "to": end, **delay_dict(figures, [case.key for case in summary.records])}
            for (start, end), figures in summary.delays.items()
        ],
        "clusters_stated": [{"name": name, "cases": n} for name, n in summary.clusters.items()],
        **chains_dict(summary),
    }


def chains_dict(summary: Summary, *, top: int = 10) -> dict[str, Any]:
    """Links, chains, serial interval and doubts in plain values."""
    graph, keys = summary.chains, summary.chains.links.keys
    return {
        "links": {
            "links": len(graph.links.infector),
            "related_without_direction": len(graph.links.related),
            "linked_cases": len(graph.linked),
            "roots": [keys[case] for case in graph.roots],
            "generations": int(graph.generation.max()) + 1 if len(graph.roots) else 0,
            "clusters": graph.sizes.tolist(),
            "offspring": graph.offspring_distribution().tolist(),
            "top_spreaders": [
                {"case": keys[case], "infected": infected} for case, infected in graph.top_spreaders(top)
            ],
        },
        "serial_interval": serial_dict(summary),
        "quality": {
            "long_gap_days": summary.long_gap,
            "long_gap_stated": summary.long_gap_stated,
            "counts": {
                str(doubt): sum(finding.doubt is doubt for finding in summary.findings) for doubt in Doubt
            },
            "findings": [finding_dict(finding, keys) for finding in summary.findings],
        },
    }


def demography_dict(table: SexByAge) -> list[dict[str, Any]]:
    """A list of {"age", and one count for each sex}."""
    return [
        {"age": label, **{sex: int(n) for sex, n in zip(table.sexes, row, strict=True)}}
        for label, row in zip(table.labels(), table.counts, strict=True)
    ]


def curve_dict(curve: Curve) -> dict[str, Any]:
    """{"step", "unknown", "points": [{"label", "start", "cases"}]}."""
    return {
        "step": curve.step,
        "unknown": int(curve.unknown.sum()),
        "points": [
            {"label": label, "start": str(to_date(start)), "cases": int(n)}
            for label, start, n in zip(curve.labels(), curve.starts, curve.totals, strict=True)
        ],
    }


def delay_dict(figures: Delay, keys: Sequence[str]) -> dict[str, Any]:
    """Figures of a delay; `negative_cases` are keys."""
    names = ("n", "missing", "mean", "sd", "median", "q1", "q3", "minimum", "maximum")
    return {
        **{name: getattr(figures, name) for name in names},
        "negative": len(figures.negative),
        "negative_cases": [keys[case] for case in figures.negative],
    }


def serial_dict(summary: Summary) -> dict[str, Any]:
    """The serial interval; `negative_cases` are the keys of the infectees."""
    serial = summary.serial
    infectees = [summary.chains.links.keys[case] for case in summary.chains.links.infectee]
    return {
        **delay_dict(serial.figures, infectees),
        "level": serial.level,
        "mean_interval": list(serial.mean_interval) if serial.mean_interval else None,
        "sd_interval": list(serial.sd_interval) if serial.sd_interval else None,
    }


def finding_dict(finding: Finding, keys: Sequence[str]) -> dict[str, Any]:
    """One doubt; `infector` is a key of the list, or as stated where it is not in the list."""
    infector = finding.stated or (None if finding.infector is None else keys[finding.infector])
    return {
        "doubt": str(finding.doubt),
        "case": keys[finding.case],
        "infector": infector,
        "gap": finding.gap,
    }


def graph_dict(summary: Summary) -> dict[str, Any]:
    """The graph itself: linked cases with generation and cluster, edges with their onset gap in days."""
    graph, keys = summary.chains, summary.chains.links.keys
    return {
        "cases": [
            {
                "case": keys[case],
                "onset": _iso(summary.records[case].onset),
                "generation": int(graph.generation[case]) if graph.generation[case] >= 0 else None,
                "cluster": int(graph.cluster[case]) + 1,
                "infected": int(graph.offspring[case]),
            }
            for case in graph.linked
        ],
        "edges": [
            {
                "infector": keys[infector],
                "infectee": keys[infectee],
                "gap": None if np.isnan(gap) else int(gap),
            }
            for infector, infectee, gap in zip(
                graph.links.infector, graph.links.infectee, summary.serial.intervals, strict=True
            )
        ],
        "related": [[keys[one], keys[other]] for one, other in graph.links.related],
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
