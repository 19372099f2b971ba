"""`liankong inquiries` as an officer and a script meet it."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from liankong.cli import ExitCode, main
from liankong.store.access import node_scope
from liankong.store.models import Inquiry, User
from liankong.vocabulary.kinds import InquiryState
from tests.support import inquiries as story
from tests.support.inquiries import NAME, NUMBER, Neighbours

if TYPE_CHECKING:
    from liankong.store.models import Organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def near(settings: Any, at: datetime) -> Neighbours:
    settings.LIANKONG_CLOCK = lambda: at
    settings.LIANKONG_DEMO = True
    with node_scope():
        return story.build(at)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["inquiries", *(str(one) for one in arguments)])


def ran(near: Neighbours, body: "Organisation", *arguments: object, code: ExitCode = ExitCode.DONE) -> Any:
    """The JSON of a command of an officer, with all that follows from it."""
    with node_scope():
        name = User.objects.get(pk=near.officer(body).user).username
    result = story.told(lambda: run(*arguments, "--as", name, "--json"))
    assert result.exit_code == code, result.output + str(result.exception)
    return json.loads(result.stdout)


def test_an_inquiry_goes_its_way_from_the_terminal(near: Neighbours, at: datetime) -> None:
    with node_scope():
        row = story.drafted(near, at)
    jinnan, nankai, hexi = near.town.district, near.nankai, near.hexi
    drafts = ran(near, jinnan, "list", "--box", "drafts")["inquiries"]
    assert [one["number"] for one in drafts] == [row.number]
    assert ran(near, jinnan, "send", row.number)["inquiries"][0]["state"] == "issued"
    assert ran(near, nankai, "receive", row.pk)["inquiries"][0]["state"] == "received"
    gone = ran(near, nankai, "forward", row.pk, "--to", "hexi", "--reason", "moved")["inquiries"][0]
    assert (gone["sender"], gone["receiver"]) == ("nankai", "hexi")
    assert ran(near, nankai, "show", row.pk)["owed_by"] == "nankai"
    ran(near, hexi, "receive", gone["id"])
    done = ran(
        near, hexi, "answer", gone["id"], "--step", "controlled", "--step", "verified",
        "--outcome", "transferred", "--text", "site 3",
    )  # fmt: skip
    assert done["inquiries"][0]["outcome"] == "transferred"
    shown = ran(near, jinnan, "show", row.number)
    assert (shown["state"], shown["answer"], shown["owed_by"]) == ("feedback", "site 3", "jinnan")
    assert NAME not in str(shown) and NUMBER not in str(shown)


def test_a_step_that_is_not_lawful_changes_nothing(near: Neighbours, at: datetime) -> None:
    with node_scope():
        row = story.sent(near, at)
        story.receive(near, row, at)
        name = User.objects.get(pk=near.officer(near.nankai).user).username
    result = run("answer", row.pk, "--step", "controlled", "--outcome", "home", "--text", "x", "--as", name)
    assert result.exit_code == ExitCode.USAGE and "cannot become" in result.output
    with node_scope():
        row.refresh_from_db()
    assert row.state == InquiryState.RECEIVED, "the step before the refused answer was taken back with it"


def test_a_list_is_tried_taken_in_and_answered_by_file(
    near: Neighbours, at: datetime, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"姓名,身份证号,人员类别\n{NAME},{NUMBER},密接\n{NAME},1,密接\n", encoding="utf-8")
    dry = ran(near, near.nankai, "import", path, "--sender", "郑州市", "--dry-run", code=ExitCode.INCOMPLETE)
    assert dry["rows"] == {"in": 2, "accepted": 1, "rejected": 1, "duplicate": 0}
    assert [(one["row"], one["field"]) for one in dry["rejected"]] == [(3, "id_number")]
    with node_scope():
        assert not Inquiry.objects.exists()
    ran(near, near.nankai, "import", path, "--sender", "郑州市", code=ExitCode.INCOMPLETE)
    again = ran(near, near.nankai, "import", path, "--sender", "郑州市", code=ExitCode.INCOMPLETE)
    assert again["rows"] == {"in": 2, "accepted": 0, "rejected": 1, "duplicate": 1}
    with node_scope():
        row = Inquiry.objects.get()
    ran(near, near.nankai, "answer", row.pk, "--outcome", "not_found", "--text", "unknown there")
    out = tmp_path / "answers.xlsx"
    assert ran(near, near.nankai, "export", out) == {"file": "answers.xlsx", "rows": 1}
    cells = [list(line) for line in load_workbook(out).active.iter_rows(values_only=True)]
    assert cells[1][0] == row.number and "unknown there" in cells[1]


def test_what_is_not_there_is_said(near: Neighbours) -> None:
    with node_scope():
        name = User.objects.get(pk=near.officer(near.nankai).user).username
    result = run("show", "协查〔2022〕1-0001号", "--as", name)
    assert result.exit_code == ExitCode.USAGE and "there is no inquiry" in result.output
    plain = run("list", "--as", name)
    assert plain.exit_code == 0 and "Number" in plain.output
