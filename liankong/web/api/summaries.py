"""What does an outbreak look like: its curve, its delays, its chains? The pure library over the stored cases."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import numpy as np
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from liankong.epi.summary import Summary, as_dict, chains_dict, graph_dict, summarise
from liankong.store.cases import records, related
from liankong.store.models import Outbreak
from liankong.web.api.door import caller
from liankong.web.api.kit import DivisionOrNode, Id, answers, in_sight

router = Router(tags=["summaries"])

SEED = 20220108  # of the bootstrap: the same cases give the same intervals


LongGap = Annotated[float | None, Field(gt=0, le=3650, description="Days beyond which a link is doubted.")]


class Step(StrEnum):
    DAY = "day"
    WEEK = "week"


class PointOut(Schema):
    """Cases of one day, or of the week that begins on `start`."""

    label: str
    start: date
    cases: int


class CurveOut(Schema):
    step: Step
    unknown: int = Field(description="Cases without that date.")
    points: list[PointOut]


class DelayOut(Schema):
    """Figures of a delay in days; negative ones are kept, and named."""

    n: int
    missing: int
    mean: float | None
    sd: float | None
    median: float | None
    q1: float | None
    q3: float | None
    minimum: float | None
    maximum: float | None
    negative: int
    negative_cases: list[str]


class NamedDelayOut(DelayOut):
    start: str
    end: str


class SerialOut(DelayOut):
    """The serial interval of linked onsets, with bootstrap intervals at `level`."""

    level: float
    mean_interval: list[float] | None
    sd_interval: list[float] | None


class LinksOut(Schema):
    links: int
    related_without_direction: int
    linked_cases: int
    roots: list[str]
    generations: int
    clusters: list[int] = Field(description="Sizes, largest first.")
    offspring: list[int] = Field(description="How many cases infected 0, 1, 2, ... others.")
    top_spreaders: list[dict[str, Any]]


class QualityOut(Schema):
    """Doubts about the links: secondary before primary, long gaps, unknown or dangling infectors."""

    long_gap_days: float | None
    long_gap_stated: bool
    counts: dict[str, int]
    findings: list[dict[str, Any]]


class GraphOut(Schema):
    cases: list[dict[str, Any]]
    edges: list[dict[str, Any]]
    related: list[list[str]]


class ChainsOut(Schema):
    links: LinksOut
    serial_interval: SerialOut
    quality: QualityOut
    graph: GraphOut | None = None


class SummaryOut(Schema):
    """Counts of an outbreak's cases in a division."""

    cases: int
    set_aside: dict[str, int]
    counts: dict[str, dict[str, int]]
    deaths: int
    sex_by_age: list[dict[str, Any]]
    clusters_stated: list[dict[str, Any]]


@router.get("/outbreaks/{outbreak}/summary", response=answers(SummaryOut), operation_id="summarise_outbreak")
def summarise_outbreak(request: HttpRequest, outbreak: Id, division: DivisionOrNode = "") -> object:
    """Cases by sex and age, class, severity, origin and outcome."""
    return as_dict(_summary(request, outbreak, division))


@router.get("/outbreaks/{outbreak}/curve", response=answers(dict[str, CurveOut]), operation_id="get_curve")
def get_curve(
    request: HttpRequest, outbreak: Id, division: DivisionOrNode = "", step: Step = Step.DAY
) -> object:
    """Epidemic curves by onset, confirmation and report."""
    return as_dict(_summary(request, outbreak, division, step=step))["curves"]


@router.get("/outbreaks/{outbreak}/delays", response=answers(list[NamedDelayOut]), operation_id="get_delays")
def get_delays(request: HttpRequest, outbreak: Id, division: DivisionOrNode = "") -> object:
    """Delays between the days of a case: n, mean, SD, median, quartiles, and the negative ones."""
    found = as_dict(_summary(request, outbreak, division))["delays"]
    return [{**line, "start": line["from"], "end": line["to"]} for line in found]


@router.get("/outbreaks/{outbreak}/chains", response=answers(ChainsOut), operation_id="get_chains")
def get_chains(
    request: HttpRequest,
    outbreak: Id,
    division: DivisionOrNode = "",
    long_gap: LongGap = None,
    graph: bool = False,
) -> object:
    """Who infected whom: clusters, generations, serial interval, and doubts about the links."""
    found = _summary(request, outbreak, division, long_gap=long_gap)
    return {**chains_dict(found), "graph": graph_dict(found) if graph else None}


def _summary(
    request: HttpRequest,
    outbreak: int,
    division: str,
    *,
    step: Step = Step.DAY,
    long_gap: float | None = None,
) -> Summary:
    caller(request).need()
    row = in_sight(Outbreak.objects.all(), outbreak)
    return summarise(
        list(records(row, division)),
        related=related(row, division),
        rng=np.random.default_rng(SEED),
        step=step.value,
        long_gap=long_gap,
    )
