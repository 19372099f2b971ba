"""Who infected whom? The chains as a picture, as a table, and what to doubt in them."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from liankong.epi.arrays import gaps
from liankong.epi.delays import upper_fence
from liankong.epi.quality import Doubt
from liankong.web import chains_data as data
from liankong.web.cases_list import divisions
from liankong.web.context import sight

EDGES_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Cluster:
    number: int
    size: int

    @property
    def shown_number(self) -> int:
        return self.number + 1


@dataclass(frozen=True, slots=True)
class Edge:
    infector: data.Node
    case: data.Node
    gap: int | None


@dataclass(frozen=True, slots=True)
class DoubtRow:
    case: data.Node
    text: str


@require_GET
def chains(request: HttpRequest) -> HttpResponse:
    seen = sight(request)
    query = request.GET.dict()
    division = query.get("division", "")
    division = division if division.isdecimal() else ""
    web = data.load(seen.outbreak.pk if seen.outbreak else 0, division)
    sizes = web.chains.sizes.tolist()
    focus = query.get("case", "")
    cluster = _cluster(query.get("cluster", ""), len(sizes), web, focus)
    graph = data.picture(web, cluster=cluster)
    shown = {int(node["id"]) for node in graph["nodes"]}
    doubts = data.doubts(web, long_gap=_long_gap(web))
    context = {
        "linked": len(web.chains.linked),
        "clusters": [Cluster(at, size) for at, size in enumerate(sizes)],
        "cluster": cluster,
        "division": division,
        "divisions": divisions(query, seen),
        "graph": graph,
        "focus": focus if focus.isdecimal() else "",
        "edges": _edges(web, shown)[:EDGES_SHOWN],
        "doubts": [DoubtRow(row.case, _say(row)) for row in doubts[: data.FINDINGS_SHOWN]],
        "doubts_total": len(doubts),
    }
    return render(request, "chains/chains.html", context)


def _cluster(wanted: str, clusters: int, web: data.Web, focus: str) -> int | None:
    """The chain asked for, or the one that holds the case asked for; None shows the largest."""
    if wanted.isdecimal() and int(wanted) < clusters:
        return int(wanted)
    if focus.isdecimal():
        for at, node in enumerate(web.nodes):
            if node.pk == int(focus) and web.chains.cluster[at] >= 0:
                return int(web.chains.cluster[at])
    return None


def _long_gap(web: data.Web) -> float | None:
    """A gap is long when it lies outside the list's own distribution, not beyond a number of ours."""
    links = web.chains.links
    onset = web.onsets
    return upper_fence(gaps(onset[links.infector], onset[links.infectee]))


def _edges(web: data.Web, shown: set[int]) -> list[Edge]:
    links = web.chains.links
    found = []
    for source, target in zip(links.infector.tolist(), links.infectee.tolist(), strict=True):
        infector, case = web.nodes[source], web.nodes[target]
        if infector.pk in shown and case.pk in shown:
            gap = (case.onset - infector.onset).days if case.onset and infector.onset else None
            found.append(Edge(infector, case, gap))
    return sorted(found, key=lambda edge: (edge.case.onset or date.max, edge.case.number))


def _say(row: data.Doubted) -> str:
    infector = row.infector.number if row.infector else row.stated
    texts = {
        Doubt.SECONDARY_BEFORE_PRIMARY: _("fell ill %(days)s days before its infector %(infector)s"),
        Doubt.LONG_GAP: _("fell ill %(days)s days after its infector %(infector)s: unusually long"),
        Doubt.ONSET_UNKNOWN: _("its onset or that of its infector %(infector)s is unknown"),
        Doubt.DANGLING_INFECTOR: _(
            "its infector %(infector)s is not in this list or not in your jurisdiction"
        ),
        Doubt.NO_INFECTOR: _("has no infector"),
        Doubt.SEVERAL_INFECTORS: _("has several infectors"),
        Doubt.SELF_LINK: _("is named as its own infector"),
        Doubt.CYCLE: _("lies on a circle of infectors"),
    }
    return texts[row.doubt] % {"days": abs(int(row.gap or 0)), "infector": infector}


urlpatterns = [path("chains", chains, name="chains")]
