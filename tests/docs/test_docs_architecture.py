"""The map agrees with the territory: floors, the flow's table, where things are."""

import inspect
import re
import sys
import tomllib
from collections.abc import Callable, Iterator

import pytest
from code_names import exists
from docs_pages import ROOT, between, prose, table

from liankong import flow
from liankong.vocabulary.facts import KINDS

TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
FLOW = between(TEXT, "flow")
ROWS = table(FLOW)
_NAME = re.compile(r"`([^`]+)`")


def test_the_floors_are_those_of_the_import_contract_from_top_to_bottom() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    assert [_NAME.findall(row[0])[0] for row in table(TEXT)] == layers


def test_the_library_is_what_the_contract_keeps_free_of_servers() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    library = next(contract for contract in contracts if contract["type"] == "forbidden")["source_modules"]
    sentence = next(line for line in TEXT.splitlines() if "import no web frame" in line)
    assert {f"liankong.{floor}" for floor in _NAME.findall(sentence.split("import no")[0])} == set(library)


def test_the_table_says_which_verb_answers_which_fact() -> None:
    told = [(_NAME.findall(row[0])[0], _NAME.findall(row[1])[0] if "`" in row[1] else None) for row in ROWS]
    actual = [
        (fact.__name__, flow.name_of(verb) if verb else None)
        for fact, verbs in flow.FLOW.items()
        for verb in verbs or (None,)
    ]
    assert told == actual


def test_the_clocks_are_named() -> None:
    told = _NAME.findall(FLOW[FLOW.index("Once a minute") :])
    assert told == [flow.name_of(verb) for verb in flow.CLOCKS]


def _called(function: Callable[..., object]) -> Iterator[Callable[..., object]]:
    """The functions of verbs and of the store that a function calls by name, `f(...)` or `module.f(...)`."""
    known = vars(sys.modules[function.__module__])
    for holder, name in re.findall(r"(?:\b(\w+)\.)?\b([a-z_]\w*)\(", inspect.getsource(function)):
        found = getattr(known.get(holder), name, None) if holder else known.get(name)
        found = inspect.unwrap(found) if callable(found) else None
        if inspect.isfunction(found) and found.__module__.startswith(
            ("liankong.actions.", "liankong.store.")
        ):
            yield found


def _reach(verb: Callable[..., object]) -> str:
    """The source of a verb and of all that it calls below the flow."""
    waiting, seen = [inspect.unwrap(verb)], dict[Callable[..., object], str]()
    while waiting:
        function = waiting.pop()
        if function not in seen:
            seen[function] = inspect.getsource(function)
            waiting += _called(function)
    return "\n".join(seen.values())


@pytest.mark.parametrize("row", [row for row in ROWS if "`" in row[1]], ids=lambda row: row[1].strip("`"))
def test_what_a_verb_decides_and_records_is_what_its_code_does(row: list[str]) -> None:
    verbs = {flow.name_of(verb): verb for verbs in flow.FLOW.values() for verb in verbs}
    code = _reach(verbs[_NAME.findall(row[1])[0]])
    for rule in _NAME.findall(row[2]):
        assert exists(rule)
        assert re.search(rf"\b{rule.rsplit('.', 1)[-1]}\(", code), rule
    for fact in _NAME.findall(row[4]):
        assert fact in KINDS
        assert f"{fact}(" in code, fact


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_path_named_exists(document: str) -> None:
    text = prose((ROOT / document).read_text(encoding="utf-8"))
    named = [path for path in _NAME.findall(text) if re.match(r"(?:liankong|tests|docs|tools|bench)/", path)]
    assert named
    gone = [path for path in named if "<" not in path and not list(ROOT.glob(path.rstrip("/")))]
    assert gone == []
