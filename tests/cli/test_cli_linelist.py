"""`summarise`, `chains` and `map` as a person and a script meet them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import networkx as nx
import pytest
from cli_docs import documented, printed, sections
from click.testing import CliRunner, Result

from liankong.cli import COMMANDS, ExitCode, main

ROOT = Path(__file__).resolve().parents[2]
LIST = """id,sex,age,onset,confirmed,died,cluster,class,link
1,M,40,2022-01-01,2022-01-04,,school,,Taxi driver
2,F,30,2022-01-04,2022-01-03,,school,,contact of case 1
3,F,8,2022-01-06,2022-01-09,2022-01-20,school,,case 1 and case 2
4,M,9,2022-01-03,2022-01-09,,,,case 2
5,M,9,,2022-01-09,,,,case 99
5,M,9,,2022-01-09,,,,case 99
6,Q,9,2022-01-03,2022-01-09,,,,
7,M,9,2022-01-03,2022-01-09,,,excluded,
"""
MAP = """
title = "Small outbreak"
[fields]
key = "id"
sex = "sex"
age = "age"
onset = "onset"
confirmed = "confirmed"
reported = "confirmed"
died = "died"
cluster = "cluster"
classification = "class"
[fields.infectors]
column = "link"
pattern = 'case (?P<key>[0-9]+)'
"""
EDGES = "infector,infectee\n1,5\n1,42\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("list.csv", LIST), ("list.toml", MAP), ("edges.csv", EDGES)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    before = Path.cwd()
    os.chdir(folder)
    try:
        return CliRunner().invoke(main, arguments)
    finally:
        os.chdir(before)


# --- for people -----------------------------------------------------------------------------------------------


def test_a_summary_shows_the_account_the_curve_and_the_doubts(folder: Path) -> None:
    shown = run(folder, "summarise", "list.csv", "--map", "list.toml").stdout
    assert "8 rows in = 6 accepted + 1 rejected + 1 duplicate" in shown
    assert "Small outbreak: 5 cases, 1 death" in shown
    assert "not counted as cases: 1 excluded" in shown
    assert "█" in shown
    assert "onset → confirmed: 1 negative, kept: 2" in shown
    assert "99 → 5" in shown


def test_rejected_rows_are_told_on_standard_error_and_by_the_exit_code(folder: Path) -> None:
    result = run(folder, "summarise", "list.csv", "--map", "list.toml")
    assert result.exit_code == ExitCode.INCOMPLETE
    assert "row 8, sex (column 'sex'): 'Q' is not a known code" in result.stderr
    assert "Rejected" not in result.stdout


def test_rejected_rows_are_written_mended_and_read(folder: Path) -> None:
    run(folder, "summarise", "list.csv", "--map", "list.toml", "--rejected", "mend.csv")
    text = (folder / "mend.csv").read_text("utf-8-sig")
    (folder / "mend.csv").write_text(text.replace(",Q,", ",F,"), encoding="utf-8")
    result = run(folder, "summarise", "mend.csv", "--map", "list.toml", "--json")
    assert result.exit_code == ExitCode.DONE
    assert json.loads(result.stdout)["rows"] == {"in": 1, "accepted": 1, "rejected": 0, "duplicate": 0}


def test_chains_draw_trees_and_write_graphml(folder: Path) -> None:
    result = run(
        folder, "chains", "list.csv", "--map", "list.toml", "--links", "edges.csv", "--graphml", "out.graphml"
    )
    assert "├── 2  2022-01-04  infected 2" in result.stdout
    assert "2 links in edges.csv = 1 accepted + 1 rejected + 0 duplicate" in result.stdout
    graph = nx.parse_graphml((folder / "out.graphml").read_text("utf-8"))
    assert set(graph.edges) == {("1", "2"), ("1", "3"), ("2", "3"), ("2", "4"), ("1", "5")}


def test_a_list_without_links_says_so(folder: Path) -> None:
    (folder / "list.toml").write_text('[fields]\nkey = "id"', encoding="utf-8")
    (folder / "list.csv").write_text("id\n1\n", encoding="utf-8")
    assert "No case is linked to another." in run(folder, "chains", "list.csv", "--map", "list.toml").stdout
    assert "1 case, 0 deaths" in run(folder, "summarise", "list.csv", "--map", "list.toml").stdout


def test_square_brackets_in_the_data_are_not_taken_for_markup(folder: Path) -> None:
    (folder / "list.csv").write_text("id,link\n[bold]a,\n[/x]b,[bold]a\n", encoding="utf-8")
    (folder / "list.toml").write_text('[fields]\nkey = "id"\ninfectors = "link"', encoding="utf-8")
    for command in ("summarise", "chains"):
        result = run(folder, command, "list.csv", "--map", "list.toml")
        assert result.exit_code == 0
        assert "[bold]a" in result.stdout


# --- errors that help -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        (MAP.replace('onset = "onset"', 'onset = "onst"'), "did you mean 'onset'"),
        (MAP.replace("[fields.infectors]", "[field.infectors]"), "did you mean 'fields'"),
        ("[fields", "list.toml: TOML"),
    ],
)
def test_a_broken_mapping_is_told_without_a_traceback(folder: Path, mapping: str, told: str) -> None:
    (folder / "list.toml").write_text(mapping, encoding="utf-8")
    result = run(folder, "summarise", "list.csv", "--map", "list.toml")
    assert result.exit_code == ExitCode.USAGE
    assert told in result.stderr
    assert "Traceback" not in result.output


def test_a_mapping_that_is_not_there_and_a_file_that_is_none(folder: Path) -> None:
    assert "did you mean 'mers_korea_2015'" in run(folder, "chains", "list.csv", "--map", "mers_korea").stderr
    (folder / "list.csv").write_bytes(b"PK\x03\x04")
    assert "is not a readable workbook" in run(folder, "chains", "list.csv", "--map", "list.toml").stderr


def test_a_mistyped_command_is_met_with_a_suggestion(folder: Path) -> None:
    result = run(folder, "sumarise")
    assert result.exit_code == ExitCode.USAGE
    assert "Did you mean 'summarise'?" in result.stderr


def test_ctrl_c_stops_the_reading_and_says_how_far_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("liankong.exchange.linelist.read", interrupted)
    result = run(folder, "summarise", "list.csv", "--map", "list.toml")
    assert result.exit_code == ExitCode.INTERRUPTED
    assert "nothing was written" in result.stderr


# --- mappings -------------------------------------------------------------------------------------------------


def test_a_guess_is_written_once_and_leads_to_a_summary(folder: Path) -> None:
    (folder / "list.csv").write_text(LIST.replace(",Q,", ",F,"), encoding="utf-8")
    result = run(folder, "map", "guess", "list.csv", "-o", "new.toml")
    assert result.exit_code == ExitCode.DONE
    assert "written to" in result.stdout
    assert "8 rows in" in run(folder, "summarise", "list.csv", "--map", "new.toml").stdout
    again = run(folder, "map", "guess", "list.csv", "-o", "new.toml")
    assert again.exit_code == ExitCode.USAGE
    assert "--force" in again.stderr


def test_a_guess_with_questions_says_so_and_ends_with_3(folder: Path) -> None:
    (folder / "list.csv").write_text("id,onset date\n1,3/4/2020\n", encoding="utf-8")
    result = run(folder, "map", "guess", "list.csv")
    assert result.exit_code == ExitCode.INCOMPLETE
    assert "# QUESTION" in result.stdout
    assert "set format to the right one" in result.stderr


def test_shipped_mappings_are_listed_and_shown(folder: Path) -> None:
    assert "measles_hagelloch_1861" in run(folder, "map", "list").stdout
    assert '[fields.key]\ncolumn = "case_ID"' in run(folder, "map", "show", "measles_hagelloch_1861").stdout
    assert run(folder, "map", "show", "plague").exit_code == ExitCode.USAGE


# --- for scripts ----------------------------------------------------------------------------------------------


def commands(group: click.Group, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, f"{name} is named but its module does not offer it"
        yield prefix + name, command
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix}{name} ")


def test_every_command_is_documented_with_the_keys_of_its_json() -> None:
    found = dict(commands(main))
    assert set(found) == sections()
    for name, command in found.items():
        has_json = any(parameter.name == "as_json" for parameter in command.params)
        assert bool(documented(name)) == has_json, name
        assert command.help, name


def test_every_command_named_has_one_line_of_help() -> None:
    assert all(words.endswith(".") for _, words in COMMANDS.values())


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("summarise", ("list.csv", "--map", "list.toml", "--links", "edges.csv")),
        ("chains", ("list.csv", "--map", "list.toml", "--links", "edges.csv")),
        ("map guess", ("list.csv",)),
        ("map list", ()),
    ],
)
def test_the_json_is_exactly_what_is_documented(
    folder: Path, command: str, arguments: tuple[str, ...]
) -> None:
    result = run(folder, *command.split(), *arguments, "--json")
    # `link_file` stands in the list both for null and for its object.
    assert printed(json.loads(result.stdout)) == documented(command) - {"link_file"}


def test_the_same_seed_gives_the_same_json(folder: Path) -> None:
    once, again = (
        run(folder, "chains", "list.csv", "--map", "list.toml", "--json", "--seed", "7") for _ in range(2)
    )
    assert once.stdout == again.stdout


def test_no_server_package_is_imported_and_no_database_is_needed(folder: Path) -> None:
    script = (
        "import sys\n"
        "from liankong.cli import main\n"
        "try:\n    main(['summarise', 'list.csv', '--map', 'list.toml', '--json'])\n"
        "except SystemExit as end:\n    assert end.code == 3, end.code\n"
        "server = {'django', 'psycopg', 'procrastinate', 'ninja', 'uvicorn', 'duckdb', 'openpyxl', 'networkx'}\n"
        "assert not server & {name.split('.')[0] for name in sys.modules}, server & set(sys.modules)\n"
    )
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, cwd=folder, env=bare, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"]["in"] == 8


def test_help_imports_no_command(folder: Path) -> None:
    script = (
        "import sys\n"
        "from liankong.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "assert not [name for name in sys.modules if name.startswith(('liankong.cli.', 'django', 'numpy'))]\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "summarise" in done.stdout


# --- real data ------------------------------------------------------------------------------------------------


def test_mers_korea_2015_from_the_command_line(shared: Path, tmp_path: Path) -> None:
    file = shared / "data" / "outbreaks" / "mers_korea_2015__linelist.csv"
    result = run(tmp_path, "chains", str(file), "--map", "mers_korea_2015", "--json")
    assert result.exit_code == ExitCode.DONE
    told = json.loads(result.stdout)
    assert told["links"]["top_spreaders"][0] == {"case": "SK_14", "infected": 38}
    assert len(told["graph"]["edges"]) == 98
