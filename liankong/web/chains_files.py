"""The chains to take away: GraphML for other programs, SVG for a report. Never more than is in sight."""

from dataclasses import replace
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from liankong.epi.graphml import graphml
from liankong.web import chains_data as data
from liankong.web.chains import asked
from liankong.web.context import sight

STEP_X, STEP_Y, MARGIN = 84, 24, 40
TINTS = {
    "confirmed": "#c92a2a",
    "asymptomatic": "#e8890c",
    "pending_review": "#7048a8",
    "suspected": "#1c6fb8",
}


@never_cache
@require_GET
def chains_graphml(request: HttpRequest) -> HttpResponse:
    """All chains of the filter, cases by their number."""
    seen = sight(request)
    web = asked(request).web(seen.outbreak.pk if seen.outbreak else 0)
    nodes = web.nodes(range(len(web.pk)))
    keys = tuple(nodes[at].number if at in nodes else f"#{web.pk[at]}" for at in range(len(web.pk)))
    chains = replace(web.chains, links=replace(web.chains.links, keys=keys))
    attributes = {
        "classification": [nodes[at].classification if at in nodes else "" for at in range(len(keys))],
        "division": [nodes[at].division if at in nodes else "" for at in range(len(keys))],
    }
    response = HttpResponse(graphml(chains, web.onset, attributes), content_type="application/graphml+xml")
    response["Content-Disposition"] = f'attachment; filename="{_name(request)}.graphml"'
    return response


@never_cache
@require_GET
def chains_svg(request: HttpRequest) -> HttpResponse:
    """The picture of the page as a file that stands alone."""
    seen = sight(request)
    wanted = asked(request)
    web = wanted.web(seen.outbreak.pk if seen.outbreak else 0)
    graph = data.picture(web, cluster=wanted.cluster(web), focus=wanted.focus(web))
    response = HttpResponse(svg(graph), content_type="image/svg+xml")
    response["Content-Disposition"] = f'attachment; filename="{_name(request)}.svg"'
    return response


def svg(graph: dict[str, Any]) -> str:
    """A picture of nodes with positions and edges, as `chains_data.picture` gives it."""
    nodes = graph["nodes"]
    left = min((node["x"] for node in nodes), default=0)
    at = {node["id"]: (MARGIN + (node["x"] - left) * STEP_X, MARGIN + node["y"] * STEP_Y) for node in nodes}
    width = max((x for x, _y in at.values()), default=0) + 2 * MARGIN + 40
    height = max((y for _x, y in at.values()), default=0) + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="9">',
        '<defs><marker id="to" viewBox="0 0 8 8" refX="13" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#8a94a3"/></marker></defs>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for edge in graph["edges"]:
        (x1, y1), (x2, y2) = at[edge["source"]], at[edge["target"]]
        parts.append(
            f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#8a94a3" marker-end="url(#to)"/>'
        )
    for node in nodes:
        x, y = at[node["id"]]
        tint = TINTS.get(node["class"], "#5b6470")
        contacts = f" · {node['contacts']}" if node.get("contacts") else ""
        text = escape(f"{node['number']}{contacts}")
        title = escape(f"{node['number']} {node['onset']}")
        parts.append(
            f"<g data-case={quoteattr(node['id'])}><title>{title}</title>"
            f'<circle cx="{x}" cy="{y}" r="5" fill="{tint}"/><text x="{x + 8}" y="{y + 3}">{text}</text></g>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _name(request: HttpRequest) -> str:
    outbreak = sight(request).outbreak
    return f"chains-{outbreak.code if outbreak else 'none'}"


urlpatterns = [
    path("chains.graphml", chains_graphml, name="chains-graphml"),
    path("chains.svg", chains_svg, name="chains-svg"),
]
