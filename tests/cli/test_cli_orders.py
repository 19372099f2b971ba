"""Orders from a terminal: issued by a named person, received, proved, and refused like everywhere."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from liankong.cli import ExitCode, main

if TYPE_CHECKING:
    from support.town import Town

COMMANDER, DOCTOR = ("--as", "commander-jinnan"), ("--as", "epidemiologist-jinnan-cdc")
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture
def town(db: None, settings: Any, at: datetime) -> "Town":
    """A demo node's town at the story's hour."""
    from liankong.store.access import node_scope
    from tests.support.town import build

    settings.LIANKONG_CLOCK = lambda: at
    settings.LIANKONG_DEMO = True
    with node_scope():
        return build(at)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["orders", *(str(one) for one in arguments)])


def ran(*arguments: object) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == ExitCode.DONE, result.output + str(result.exception)
    return json.loads(result.stdout)


def issue(*more: object) -> Any:
    return ran("issue", "Check the masks", "--due", "2022-01-08T18:00", *more, *COMMANDER)


def test_an_order_is_issued_received_and_finished_and_its_life_is_told(town: "Town", tmp_path: Path) -> None:
    made = issue("--to", "jinnan-cdc", "--asks", "figure", "--asks", "file", "--unit", "shops")
    number = made["orders"][0]["order"]
    assert (made["batch"], made["by"], made["orders"][0]["due"]) == (
        None,
        "commander-jinnan",
        "2022-01-08T18:00:00+08:00",
    )
    assert [one["order"] for one in ran("list", *DOCTOR)["orders"]] == [number]
    assert ran("receive", number, *DOCTOR)["state"] == "received"
    refused = run("finish", number, "--proof", "seen", "--figure", "12", *DOCTOR)
    assert refused.exit_code == ExitCode.USAGE
    assert "asks for a file" in refused.stderr
    (tmp_path / "a.png").write_bytes(PNG)
    done = ran("finish", number, "--proof", "seen", "--figure", "12", "--file", tmp_path / "a.png", *DOCTOR)
    assert (done["state"], done["figure"], done["files"]) == ("done", 12, 1)
    told = ran("show", number, *COMMANDER)
    assert [step["fact"] for step in told["life"]] == [
        "OrderIssued",
        "OrderReceived",
        "OrderFileAdded",
        "OrderDone",
    ]
    assert "Check the masks" in run("show", number, *COMMANDER).stdout


def test_one_command_orders_many_and_the_list_narrows(town: "Town") -> None:
    made = issue("--to", "jinnan-cdc", "--to", "jinnan", "--kind", "inspection")
    assert made["batch"] and len(made["orders"]) == 2
    assert len(ran("list", "--whose", "ours", *COMMANDER)["orders"]) == 2
    assert ran("list", "--whose", "all", "--kind", "task", *COMMANDER)["orders"] == []
    narrow = ran("list", "--whose", "ours", "--limit", "1", *COMMANDER)
    assert (len(narrow["orders"]), narrow["more"]) == (1, True)
    assert "inspection" in run("list", "--whose", "ours", *COMMANDER).stdout
    assert ran("list", "--late", *DOCTOR)["orders"] == []


def test_an_order_after_another_says_what_it_waits_for(town: "Town") -> None:
    first = issue("--to", "jinnan-cdc")["orders"][0]["order"]
    second = issue("--to", "jinnan-cdc", "--after", first)["orders"][0]["order"]
    assert ran("show", second, *DOCTOR)["waits_for"] == [first]
    assert "it waits until" in run("finish", second, "--proof", "seen", *DOCTOR).stderr


def test_a_refusal_says_what_was_expected(town: "Town") -> None:
    for arguments, told in (
        (("issue", "x", "--to", "nowhere", "--due", "2022-01-08T18:00", *COMMANDER), "no organisation"),
        (("issue", "x", "--to", "jinnan-cdc", "--due", "2022-01-08T11:00", *COMMANDER), "must lie ahead"),
        (("issue", "13800138000", "--to", "jinnan-cdc", "--due", "2022-01-08T18:00", *COMMANDER), "no place"),
        (("issue", "x", "--to", "jinnan", "--due", "2022-01-08T18:00", *DOCTOR), "orders.issue"),
        (("show", "999", *DOCTOR), "no order 999"),
        (("receive", "999", *DOCTOR), "no such order"),
    ):
        result = run(*arguments)
        assert (result.exit_code, told in result.stderr) == (ExitCode.USAGE, True), result.stderr


def test_a_secretary_prepares_a_draft(town: "Town") -> None:
    made = ran(
        "issue", "x", "--to", "jinnan-cdc", "--due", "2022-01-08T18:00", "--draft", "--as", "secretary-jinnan"
    )
    assert made["orders"][0]["state"] == "draft"
    assert ran("list", *DOCTOR)["orders"] == []
