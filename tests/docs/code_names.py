"""What is called what in the source tree, read without importing it."""

import ast
from functools import cache
from pathlib import Path

from docs_pages import ROOT

PACKAGE = ROOT / "liankong"
Names = dict[str, frozenset[str]]


@cache
def modules() -> dict[str, Names]:
    """`rules.cases` -> its own names, each with the names inside it (a class's members and methods)."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        place = path.relative_to(PACKAGE).with_suffix("").parts
        parts = place[:-1] if place[-1] == "__init__" else place
        found[".".join(parts)] = _names(path)
    return found


def _names(path: Path) -> Names:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: Names = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            names[node.name] = frozenset(_targets(node.body))
        else:
            names |= dict.fromkeys(_targets([node]), frozenset())
    return names


def _targets(body: list[ast.stmt]) -> set[str]:
    found: set[str] = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def exists(dotted: str) -> bool:
    """Whether `PersonClass.CONFIRMED`, `rules.cases.report_deadline`, `cases.report` (a verb) or `epi.serial` exists."""
    if dotted in modules():
        return True
    parts = dotted.split(".")
    for cut in range(len(parts)):
        module, rest = ".".join(parts[:cut]), parts[cut:]
        for prefix in ("", "actions."):
            if module and _inside(modules().get(prefix + module, {}), rest):
                return True
    return any(_inside(names, parts) for names in modules().values()) if parts[0][0].isupper() else False


def _inside(names: Names, rest: list[str]) -> bool:
    if not 1 <= len(rest) <= 2 or rest[0] not in names:
        return False
    return len(rest) == 1 or rest[1] in names[rest[0]]
