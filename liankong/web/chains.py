"""Who infected whom? The chains as a picture, as a table, and what to doubt in them."""

from dataclasses import dataclass

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
CLUSTERS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Cluster:
    number: int
    size: int

    @property
    def shown_number(self) -> int:
        return self.number + 1


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
    at = web.position(int(focus)) if focus.isdecimal() else None
    cluster = _cluster(query.get("cluster", ""), len(sizes), web, at)
    graph = data.picture(web, cluster=cluster, focus=at)
    shown = [int(node["id"]) for node in graph["nodes"]]
    doubts, doubts_total = data.doubts(web, long_gap=_long_gap(web), limit=data.FINDINGS_SHOWN)
    context = {
        "linked": len(web.chains.linked),
        "clusters_total": len(sizes),
        "clusters": [Cluster(at, size) for at, size in enumerate(sizes[:CLUSTERS_SHOWN])],
        "cluster": cluster,
        "division": division,
        "divisions": divisions(query, seen),
        "graph": graph,
        "focus": focus if focus.isdecimal() else "",
        "edges": data.edges(web, shown, limit=EDGES_SHOWN),
        "doubts": [DoubtRow(row.case, _say(row)) for row in doubts],
        "doubts_total": doubts_total,
    }
    return render(request, "chains/chains.html", context)


def _cluster(wanted: str, clusters: int, web: data.Web, focus: int | None) -> int | None:
    """The chain asked for, or the one that holds the case asked for; None shows the largest."""
    if wanted.isdecimal() and int(wanted) < clusters:
        return int(wanted)
    return None if focus is None else int(web.chains.cluster[focus])


def _long_gap(web: data.Web) -> float | None:
    """A gap is long when it lies outside the list's own distribution, not beyond a number of ours."""
    links = web.chains.links
    return upper_fence(gaps(web.onset[links.infector], web.onset[links.infectee]))


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
