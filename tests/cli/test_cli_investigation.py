"""`liankong investigation read-itinerary`: a text in, stays out, without a server."""

import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from liankong.cli import ExitCode, main

if TYPE_CHECKING:
    from support.town import Town


def run(text: str, *more: str) -> Result:
    return CliRunner().invoke(
        main,
        ["investigation", "read-itinerary", "-", "--first-day", "2022-01-06", *more],
        input=text.encode(),
        catch_exceptions=False,
    )


def test_stays_come_with_their_words_and_open_times_stay_open() -> None:
    done = run("1月6日8:30到新华超市购物，9:30步行回家。", "--json")
    assert done.exit_code == ExitCode.DONE
    told = json.loads(done.stdout)
    assert set(told) == {"text", "onset", "stays", "unread", "notes"}
    shop, walk, home = told["stays"]
    assert (shop["from"], shop["until"]) == ("2022-01-06T08:30:00+08:00", "2022-01-06T09:30:00+08:00")
    assert (walk["until"], home["from"]) == (None, None)
    assert home["latest"] == "2022-01-07T00:00:00+08:00"
    for one in told["stays"]:
        assert told["text"][one["start"] : one["end"]] == one["words"]


def test_what_cannot_be_read_is_listed_and_ends_with_code_3() -> None:
    done = run("每天买菜。1月6日9:00到新华超市购物。")
    assert done.exit_code == ExitCode.INCOMPLETE
    assert "每天买菜" in done.stderr
    assert "新华超市" in done.stdout


def test_a_file_is_read_without_any_server_package(tmp_path: Path) -> None:
    path = tmp_path / "track"
    path.write_text("1月6日全天未外出", encoding="utf-8")
    code = (
        "import sys; from liankong.cli import main\n"
        "try: main(sys.argv[1:], standalone_mode=True)\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "assert 'django' not in sys.modules"
    )
    arguments = ["investigation", "read-itinerary", str(path), "--first-day", "2022-01-06", "--json"]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["stays"][0]["mode"] == "home"


@pytest.fixture
def town(db: None, settings: Any, at: datetime) -> "Town":
    """A demo node's town at the story's hour."""
    from liankong.store.access import node_scope
    from tests.support.town import build

    settings.LIANKONG_CLOCK = lambda: at
    settings.LIANKONG_DEMO = True
    with node_scope():
        return build(at)


def test_an_investigation_is_shown_with_its_stays_and_unknown_hours(town: "Town", at: datetime) -> None:
    from liankong.actions import investigation
    from liankong.store.access import node_scope
    from liankong.store.models import Investigation
    from liankong.vocabulary.kinds import Role
    from tests.support import rows

    with node_scope():
        case = rows.case(outbreak=town.outbreak, division="120112101001", at=at)
        row = Investigation.objects.create(
            case=case, division=case.division, organisation=town.cdc, opened_at=at
        )
        told = investigation.StayTold(
            from_at=at - timedelta(hours=3), until_at=at - timedelta(hours=2), place_text="新华超市"
        )
        investigation.record_stays(investigation=row.pk, stays=[told], by=town[Role.EPIDEMIOLOGIST], at=at)
    done = CliRunner().invoke(main, ["investigation", "show", case.number, "--json"], catch_exceptions=False)
    assert done.exit_code == ExitCode.DONE
    shown = json.loads(done.stdout)
    assert shown["stays"][0]["place"] == "新华超市"
    assert len(shown["gaps"]) > 1
    assert (shown["overlaps"], shown["sources"]) == (0, [])
    plain = CliRunner().invoke(main, ["investigation", "show", case.number], catch_exceptions=False)
    assert "no stay known" in plain.stdout
    missing = CliRunner().invoke(main, ["investigation", "show", "no such"])
    assert missing.exit_code == ExitCode.USAGE
