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
from liankong.vocabulary.kinds import CASE_CLASSES, PersonClass
from liankong.vocabulary.spans import local_day
from liankong.web import chains_contacts as contacts
from liankong.web import chains_data as data
from liankong.web import labels
from liankong.web.cases_list import divisions
from liankong.web.chains_gantt import gantt, windows
from liankong.web.context import sight

EDGES_SHOWN = 500
CLUSTERS_SHOWN = 100
CLASSES = tuple(kind.value for kind in CASE_CLASSES if kind is not PersonClass.EXCLUDED)


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


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for; what it does not understand it leaves out."""

    division: str
    classification: str
    since: date | None
    until: date | None
    chain: str
    case: str

    @property
    def narrowed(self) -> bool:
        return bool(self.division or self.classification or self.since or self.until)

    def web(self, outbreak: int) -> data.Web:
        return data.load(
            outbreak,
            self.division,
            classification=self.classification,
            since=self.since,
            until=self.until,
        )

    def focus(self, web: data.Web) -> int | None:
        return web.position(int(self.case)) if self.case else None

    def cluster(self, web: data.Web) -> int | None:
        """The chain asked for, or the one that holds the case asked for; None shows the largest."""
        if self.chain and int(self.chain) < len(web.chains.sizes):
            return int(self.chain)
        focus = self.focus(web)
        return None if focus is None else int(web.chains.cluster[focus])


def asked(request: HttpRequest) -> Asked:
    query = request.GET

    def number(name: str) -> str:
        text = query.get(name, "")
        return text if text.isascii() and text.isdecimal() and len(text) <= 18 else ""

    wanted = query.get("class", "")
    return Asked(
        division=number("division"),
        classification=wanted if wanted in CLASSES else "",
        since=_day(query.get("since", "")),
        until=_day(query.get("until", "")),
        chain=number("cluster"),
        case=number("case"),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@require_GET
def chains(request: HttpRequest) -> HttpResponse:
    seen, wanted = sight(request), asked(request)
    web = wanted.web(seen.outbreak.pk if seen.outbreak else 0)
    sizes = web.chains.sizes.tolist()
    at, cluster = wanted.focus(web), wanted.cluster(web)
    graph = data.picture(web, cluster=cluster, focus=at)
    shown = [int(node["id"]) for node in graph["nodes"]]
    counts = contacts.counts(shown)
    for node in graph["nodes"]:
        node["contacts"] = counts[int(node["id"])].total if int(node["id"]) in counts else 0
    doubts, doubts_total = data.doubts(web, long_gap=_long_gap(web), limit=data.FINDINGS_SHOWN)
    context = {
        "linked": len(web.chains.linked),
        "clusters_total": len(sizes),
        "clusters": [Cluster(at, size) for at, size in enumerate(sizes[:CLUSTERS_SHOWN])],
        "cluster": cluster,
        "division": wanted.division,
        "divisions": divisions(request.GET.dict(), seen),
        "asked": wanted,
        "classes": labels.options("class", CLASSES),
        "graph": graph,
        "focus": wanted.case,
        "edges": data.edges(web, shown, limit=EDGES_SHOWN),
        "met": sorted(
            (node for node in graph["nodes"] if node["contacts"]), key=lambda node: -int(node["contacts"])
        ),
        "generations": list(enumerate(web.chains.generation_sizes().tolist())),
        "doubts": [DoubtRow(row.case, _say(row)) for row in doubts],
        "doubts_total": doubts_total,
    }
    return render(request, "chains/chains.html", context)


@require_GET
def chains_windows(request: HttpRequest) -> HttpResponse:
    """Exposure and infectious windows of the cases that the picture shows."""
    seen, wanted = sight(request), asked(request)
    web = wanted.web(seen.outbreak.pk if seen.outbreak else 0)
    graph = data.picture(web, cluster=wanted.cluster(web), focus=wanted.focus(web))
    rows = windows([int(node["id"]) for node in graph["nodes"]], today=local_day(seen.at))
    context = {"rows": rows, "gantt": gantt(rows), "all": len(graph["nodes"])}
    return render(request, "chains/windows.html", context)


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


urlpatterns = [
    path("chains", chains, name="chains"),
    path("chains/windows", chains_windows, name="chains-windows"),
]
