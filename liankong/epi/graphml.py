"""Chains as GraphML, for Gephi, Cytoscape, yEd and igraph."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from liankong.epi.arrays import Days
from liankong.epi.chains import Chains


def graphml(chains: Chains, onset: Days, attributes: dict[str, list[str]] | None = None) -> str:
    """GraphML text of all linked cases: nodes with onset, generation, cluster, number infected and the given
    `attributes` (name -> one text for each case), edges from infector to infectee with the onset gap in days.

    The edge attribute `link` is "infected", or "related" for a pair without a known direction.
    """
    import networkx as nx  # slow to import, and only this export needs it

    links = chains.links
    graph = nx.DiGraph()
    for case in chains.linked.tolist():
        node: dict[str, Any] = {
            "generation": int(chains.generation[case]),
            "cluster": int(chains.cluster[case]) + 1,
            "infected": int(chains.offspring[case]),
        }
        if not np.isnat(onset[case]):
            node["onset"] = str(onset[case])
        node |= {name: texts[case] for name, texts in (attributes or {}).items() if texts[case]}
        graph.add_node(links.keys[case], **node)
    for infector, infectee in zip(links.infector.tolist(), links.infectee.tolist(), strict=True):
        edge: dict[str, Any] = {"link": "infected"}
        gap = onset[infectee] - onset[infector]
        if not np.isnat(gap):
            edge["gap_days"] = int(gap.astype(np.int64))
        graph.add_edge(links.keys[infector], links.keys[infectee], **edge)
    for one, other in links.related.tolist():
        if not graph.has_edge(links.keys[one], links.keys[other]):
            graph.add_edge(links.keys[one], links.keys[other], link="related")
    generate: Callable[..., Iterator[str]] = nx.generate_graphml
    return "\n".join(generate(graph)) + "\n"
