"""The console's words: collect them from the sources into the Chinese catalogue, and compile it.

    python tools/messages.py            collect, merge into django.po, compile django.mo, say what lacks words
    python tools/messages.py --check    change nothing; end with 1 unless the catalogue is complete and up to date

Django's makemessages does the work, on a copy of the sources, so that its intermediate files never stand beside them.
It is told of our own words for `gettext`, and of sentences that floors without Django speak: the reasons of rules, the
faults of identifiers and the notes of protocols, which double as the keys of their translations. Needs GNU gettext;
only who changes the interface's words does, as the compiled catalogue is kept with the sources.
"""

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.commands import makemessages

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "liankong"
CATALOGUE = Path("zh_Hans") / "LC_MESSAGES" / "django.po"
PO = PACKAGE / "web" / "locale" / CATALOGUE
MO = PO.with_suffix(".mo")
# Besides gettext's own names. `Refused` takes its template first, `because` takes the rule first.
KEYWORDS = ("_l", "_p:1c,2", "Refused", "because:2")
# Where a protocol file has English alone, besides summaries, notes and tasks.
ISSUED = {("example", "name"), ("severity", "english")}
# Words of Django that its own Chinese catalogue lacks.
BORROWED = (
    (
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
    ),
)
SOURCES = {".py", ".html"}
# Nothing that stands there speaks to a reader of the console.
SILENT = ("cli", "config", "drill", "lake", "web/api", "web/locale", "store/migrations", "web/templates/api")


class Collect(makemessages.Command):
    """makemessages that knows our keywords."""

    xgettext_options = [  # noqa: RUF012 - Django's own name and kind
        *makemessages.Command.xgettext_options,
        "--sort-output",
        *(f"--keyword={name}" for name in KEYWORDS),
    ]
    msguniq_options = [*makemessages.Command.msguniq_options, "--sort-output"]  # noqa: RUF012
    msgmerge_options = ["-q", "--backup=none", "--no-fuzzy-matching", "--update", "--sort-output"]  # noqa: RUF012
    msgattrib_options = [*makemessages.Command.msgattrib_options, "--sort-output"]  # noqa: RUF012


# --- sentences of the floors that know no Django -----------------------------------------------------------


def spoken(package: Path) -> Iterator[str]:
    """Sentences that xgettext cannot see: they reach their translation through a name or an enumeration."""
    for path in sorted((package / "rules").glob("*.py")):
        yield from _reasons(ast.parse(path.read_text(encoding="utf-8")))
    yield from _faults(ast.parse((package / "vocabulary" / "identifiers.py").read_text(encoding="utf-8")))
    for path in sorted((package / "protocols").glob("*/**/*.toml")):
        yield from _issued(tomllib.loads(path.read_text(encoding="utf-8")))


def _reasons(tree: ast.Module) -> Iterator[str]:
    """Whole sentences in a module of rules that are no docstrings: reasons of decisions."""
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            text = node.value
            if text.endswith(".") and " " in text and (text[0].isupper() or text[0] == "{"):
                yield text


def _faults(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == "Fault":
            for line in node.body:
                if isinstance(line, ast.Assign):
                    yield str(ast.literal_eval(line.value))


def _issued(table: dict[str, Any], inside: str = "") -> Iterator[str]:
    """English sentences of a protocol file: its summary, notes and tasks, units, and the names of its examples."""
    for name, value in table.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                yield from _issued(item, name)
            elif name == "unit":
                yield "{value} " + item
            elif (name in ("summary", "note", "task") or (inside, name) in ISSUED) and item.isascii():
                yield item


# --- collecting --------------------------------------------------------------------------------------------


def staged(folder: Path) -> Path:
    """A copy of what may hold words, the catalogue beside it; its folder."""
    copy = folder / PACKAGE.name
    for path in sorted(PACKAGE.rglob("*")):
        below = path.relative_to(PACKAGE)
        if path.suffix not in SOURCES or below.as_posix().startswith(SILENT):
            continue
        (copy / below).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy / below)
    lines = [f"{_unformatted(text)}gettext({text!r})" for text in dict.fromkeys(spoken(PACKAGE))]
    lines += [f"ngettext({one!r}, {many!r}, number)" for one, many in BORROWED]
    (copy / "sentences.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    po = copy / "locale" / CATALOGUE
    po.parent.mkdir(parents=True)
    if PO.exists():
        shutil.copyfile(PO, po)
    return copy


def _unformatted(text: str) -> str:
    """What xgettext must not take for a format: percentages, and a sentence that quotes an instrument in the words of
    its reader's language, whose places differ by language.
    """
    kinds = [*(["python-brace"] if "{english}" in text else []), *(["python"] if "%" in text else [])]
    return "# xgettext: " + ", ".join(f"no-{kind}-format" for kind in kinds) + "\n" if kinds else ""


def collect(folder: Path) -> Path:
    """The catalogue with every word of the sources in it, under a temporary folder."""
    copy, before = staged(folder), Path.cwd()
    os.chdir(copy)
    try:
        call_command(
            Collect(), locale=["zh_Hans"], no_location=True, no_obsolete=True, no_wrap=True, verbosity=0
        )
    finally:
        os.chdir(before)
    po = copy / "locale" / CATALOGUE
    # The day of the run is no change of the words.
    lines = [line for line in po.read_text(encoding="utf-8").splitlines() if "POT-Creation-Date" not in line]
    po.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return po


def without_words(po: Path) -> list[str]:
    """The first line of each entry that is untranslated or fuzzy."""
    found: list[str] = []
    for chosen in ("--untranslated", "--only-fuzzy"):
        text = _run("msgattrib", chosen, "--no-obsolete", "--no-wrap", str(po))
        found += [line for line in text.splitlines() if line.startswith("msgid ") and line != 'msgid ""']
    return found


def compiled(po: Path, target: Path) -> bytes:
    """The catalogue compiled, its placeholders checked on the way."""
    _run("msgfmt", "--check", "--output-file", str(target), str(po))
    return target.read_bytes()


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return done.stdout


def main() -> int:
    """Collect and compile, or only look."""
    parser = argparse.ArgumentParser(description="The console's words: collect, merge, compile.")
    parser.add_argument("--check", action="store_true", help="change nothing, fail unless all is up to date")
    options = parser.parse_args()
    if shutil.which("xgettext") is None:
        sys.exit("GNU gettext is needed: apt-get install gettext")
    with tempfile.TemporaryDirectory() as folder:
        po = collect(Path(folder))
        binary = compiled(po, Path(folder) / "django.mo")
        missing = without_words(po)
        faults = [f"without Chinese words: {line}" for line in missing]
        if options.check:
            for path, wanted in ((PO, po.read_bytes()), (MO, binary)):
                if not path.exists() or path.read_bytes() != wanted:
                    faults.append(f"{path.relative_to(ROOT)} is not up to date: make messages")
        else:
            PO.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(po, PO)
            MO.write_bytes(binary)
    for line in faults:
        print(line)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
