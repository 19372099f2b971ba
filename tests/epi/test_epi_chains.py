"""Chains against networkx, layout and checks on drawn graphs."""

from datetime import date, timedelta

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong.epi.arrays import days
from liankong.epi.chains import Chains, chains, link, nearest
from liankong.epi.graphml import graphml
from liankong.epi.layout import layout
from liankong.epi.quality import Doubt, check
from liankong.epi.serial import serial_interval

N = 14
KEYS = [f"c{n}" for n in range(N)]
STATED = st.lists(st.lists(st.sampled_from([*KEYS, "gone"]), max_size=2), min_size=N, max_size=N)
RELATED = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(KEYS)), max_size=4)
ONSETS = st.lists(st.one_of(st.none(), st.integers(0, 6)), min_size=N, max_size=N).map(
    lambda numbers: days(None if n is None else date(2022, 1, 1) + timedelta(days=n) for n in numbers)
)


def as_graph(stated: list[list[str]]) -> "nx.DiGraph[str]":
    graph: nx.DiGraph[str] = nx.DiGraph()
    for key, infectors in zip(KEYS, stated, strict=True):
        graph.add_edges_from((infector, key) for infector in infectors if infector not in (key, "gone"))
    return graph


@given(STATED, RELATED)
def test_chains_agree_with_a_graph_library(stated: list[list[str]], related: list[tuple[str, str]]) -> None:
    found = chains(link(KEYS, stated, related))
    graph = as_graph(stated)
    roots = {key for key in graph if graph.in_degree(key) == 0 and graph.out_degree(key) > 0}
    assert {KEYS[case] for case in found.roots} == roots
    assert {key: int(found.offspring[n]) for n, key in enumerate(KEYS)} == {
        key: graph.out_degree(key) if key in graph else 0 for key in KEYS
    }
    reach = nx.multi_source_dijkstra_path_length(graph, roots) if roots else {}
    assert {
        KEYS[case]: int(found.generation[case]) for case in range(N) if found.generation[case] >= 0
    } == reach
    cycles = {key for part in nx.strongly_connected_components(graph) if len(part) > 1 for key in part}
    assert {KEYS[case] for case in found.in_cycle} == cycles
    joined = graph.to_undirected()
    joined.add_edges_from(related)
    parts = [frozenset(part) for part in nx.connected_components(joined)]
    clusters = [
        frozenset(KEYS[case] for case in range(N) if found.cluster[case] == number)
        for number in range(len(found.sizes))
    ]
    assert set(clusters) == set(parts)
    assert (
        found.sizes.tolist()
        == [len(cluster) for cluster in clusters]
        == sorted(map(len, parts), reverse=True)
    )
    linked = [key for key in KEYS if key in joined]
    assert found.offspring_distribution().sum() == len(linked)


@given(STATED, st.integers(0, N - 1), st.integers(1, N))
def test_the_nearest_cases_are_those_of_fewest_links(stated: list[list[str]], start: int, limit: int) -> None:
    found = set(nearest(link(KEYS, stated), start, limit).tolist())
    graph = as_graph(stated).to_undirected()
    graph.add_node(KEYS[start])
    steps = nx.single_source_shortest_path_length(graph, KEYS[start])
    assert start in found
    assert len(found) == min(limit, len(steps))
    left_out = [length for key, length in steps.items() if KEYS.index(key) not in found]
    assert max(steps[KEYS[case]] for case in found) <= min(left_out, default=N)


@given(STATED, RELATED, ONSETS, st.sampled_from(["day", "generation"]))
def test_no_two_cases_are_drawn_on_one_spot(
    stated: list[list[str]], related: list[tuple[str, str]], onset: np.ndarray, by: str
) -> None:
    found = chains(link(KEYS, stated, related))
    drawn = layout(found, onset, by=by)  # type: ignore[arg-type]  # a literal drawn by hypothesis
    again = layout(found, onset, by=by)  # type: ignore[arg-type]  # a literal drawn by hypothesis
    spots = list(zip(drawn.x.tolist(), drawn.y.tolist(), strict=True))
    assert len(set(spots)) == len(spots) == len(found.linked)
    assert spots == list(zip(again.x.tolist(), again.y.tolist(), strict=True))
    if by == "day":
        known = ~np.isnat(onset[drawn.case])
        assert (drawn.estimated == ~known).all()
        if known.any():
            assert (drawn.x[known] == (onset[drawn.case] - drawn.origin)[known].astype(int)).all()


def family() -> tuple[Chains, np.ndarray]:
    """a infected b and c, b infected d; e names f, who is not listed; g stands alone; h names itself."""
    keys = list("abcdegh")
    stated = [[], ["a"], ["a"], ["b"], ["f"], [], ["h"]]
    onset = days([date(2022, 1, 5), date(2022, 1, 3), date(2022, 1, 25), None, None, None, None])
    return chains(link(keys, stated)), onset


def test_each_doubt_is_told_once_with_its_case() -> None:
    found, onset = family()
    expected = np.array([False, True, True, True, True, True, True])
    told = [
        (finding.doubt, finding.case, finding.infector, finding.gap, finding.stated)
        for finding in check(found, onset, long_gap=14, expects_infector=expected)
    ]
    assert told == [
        (Doubt.SECONDARY_BEFORE_PRIMARY, 1, 0, -2.0, ""),
        (Doubt.LONG_GAP, 2, 0, 20.0, ""),
        (Doubt.ONSET_UNKNOWN, 3, 1, None, ""),
        (Doubt.DANGLING_INFECTOR, 4, None, None, "f"),
        (Doubt.NO_INFECTOR, 5, None, None, ""),
        (Doubt.NO_INFECTOR, 6, None, None, ""),
        (Doubt.SELF_LINK, 6, None, None, ""),
    ]


def test_a_gap_is_long_only_beyond_the_threshold_given() -> None:
    found, onset = family()
    assert [one.doubt for one in check(found, onset, long_gap=20)].count(Doubt.LONG_GAP) == 0
    assert [one.doubt for one in check(found, onset)].count(Doubt.LONG_GAP) == 0


def test_a_circle_of_infectors_and_a_case_of_two_are_doubted() -> None:
    found = chains(link(list("abcd"), [["b"], ["a"], ["a", "b"], []]))
    doubts = [(one.doubt, one.case) for one in check(found, days([None] * 4))]
    assert [case for doubt, case in doubts if doubt is Doubt.CYCLE] == [0, 1]
    assert [case for doubt, case in doubts if doubt is Doubt.SEVERAL_INFECTORS] == [2]


def test_keys_must_be_unique() -> None:
    with pytest.raises(ValueError, match="1 keys are repeated"):
        link(["a", "a"], [[], []])


def test_a_long_chain_needs_no_deep_stack() -> None:
    n = 5000
    keys = [str(number) for number in range(n)]
    found = chains(link(keys, [[], *([key] for key in keys[:-1])]))
    onset = days(date(2020, 1, 1) + timedelta(days=number) for number in range(n))
    assert int(found.generation.max()) == n - 1
    assert set(layout(found, onset).y.tolist()) == {0}


def test_the_layout_draws_the_largest_clusters_first_and_children_by_onset() -> None:
    found = chains(link(list("abcdef"), [[], ["a"], ["a"], ["a"], [], ["e"]]))
    onset = days(date(2022, 1, day) for day in (1, 9, 4, 6, 1, 2))
    drawn = layout(found, onset, by="generation")
    spots = {int(case): (int(x), int(y)) for case, x, y in zip(drawn.case, drawn.x, drawn.y, strict=True)}
    assert spots == {0: (0, 1), 2: (1, 0), 3: (1, 1), 1: (1, 2), 4: (0, 3), 5: (1, 3)}
    assert layout(found, onset, clusters=1).case.tolist() == [0, 1, 2, 3]


def test_graphml_holds_every_linked_case_and_link() -> None:
    found, onset = family()
    parsed = nx.parse_graphml(graphml(found, onset, {"sex": ["male", "", "", "", "", "", ""]}))
    assert set(parsed) == set("abcd")
    assert parsed.nodes["a"] == {
        "generation": 0,
        "cluster": 1,
        "infected": 2,
        "onset": "2022-01-05",
        "sex": "male",
    }
    assert parsed.edges["a", "b"] == {"link": "infected", "gap_days": -2}
    assert parsed.edges["b", "d"] == {"link": "infected"}


def test_a_related_pair_is_marked_in_graphml() -> None:
    parsed = nx.parse_graphml(graphml(chains(link(["a", "b"], [[], []], [("a", "b")])), days([None, None])))
    assert parsed.edges["a", "b"] == {"link": "related"}


# --- serial interval ------------------------------------------------------------------------------------------


def test_a_serial_interval_keeps_and_flags_the_negative() -> None:
    found, onset = family()
    serial = serial_interval(onset, found.links.infector, found.links.infectee, rng=np.random.default_rng(1))
    assert (serial.figures.n, serial.figures.missing, serial.figures.mean) == (2, 1, 9.0)
    assert [found.links.keys[found.links.infectee[edge]] for edge in serial.figures.negative] == ["b"]


@given(st.lists(st.integers(-5, 30), min_size=2, max_size=30), st.integers(0, 5))
def test_bootstrap_intervals_agree_with_plain_resampling(gaps: list[int], seed: int) -> None:
    onset = days([date(2022, 1, 1), *(date(2022, 1, 1) + timedelta(days=gap) for gap in gaps)])
    infector, infectee = np.zeros(len(gaps), np.int64), np.arange(1, len(gaps) + 1)
    serial = serial_interval(onset, infector, infectee, rng=np.random.default_rng(seed))
    again = serial_interval(onset, infector, infectee, rng=np.random.default_rng(seed))
    assert serial.mean_interval == again.mean_interval
    assert serial.mean_interval is not None
    low, high = serial.mean_interval
    assert min(gaps) <= low <= high <= max(gaps)
    drawn = np.random.default_rng(seed + 1).choice(np.array(gaps, float), size=(4000, len(gaps)))
    plain = np.percentile(drawn.mean(axis=1), [2.5, 97.5])
    tolerance = (
        0.25 * np.std(gaps) / np.sqrt(len(gaps)) * 2 + 1e-9 + 0.6 * (max(gaps) - min(gaps)) / len(gaps)
    )
    assert np.abs(np.array([low, high]) - plain).max() <= tolerance
    assert serial.sd_interval is not None
    plain_sd = np.percentile(drawn.std(axis=1, ddof=1), 97.5)
    assert abs(serial.sd_interval[1] - plain_sd) <= 0.25 * (max(gaps) - min(gaps)) + 1e-9


def test_one_pair_gives_a_mean_but_no_interval() -> None:
    onset = days([date(2022, 1, 1), date(2022, 1, 4)])
    serial = serial_interval(onset, np.array([0]), np.array([1]), rng=np.random.default_rng(0))
    assert (serial.figures.mean, serial.mean_interval, serial.sd_interval) == (3.0, None, None)
