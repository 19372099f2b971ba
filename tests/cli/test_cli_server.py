"""Commands of the platform, as an operator and a script meet them: who acts, what is printed, how it ends."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cli_docs import documented, printed
from click.testing import CliRunner, Result

from liankong.cli import ExitCode, main

if TYPE_CHECKING:
    from support.town import Town

LIST = "id,sex,age,confirmed\n1,M,40,2022-01-04\n2,F,30,2022-01-03\n3,Q,8,2022-01-09\n2,F,30,2022-01-03\n"
MAP = '[fields]\nkey = "id"\nsex = "sex"\nage = "age"\nconfirmed = "confirmed"\n'


@pytest.fixture
def town(db: None, settings: Any, at: datetime) -> "Town":
    """A demo node's town at the story's hour."""
    from liankong.store.access import node_scope
    from tests.support.town import build

    settings.LIANKONG_CLOCK = lambda: at
    settings.LIANKONG_DEMO = True
    with node_scope():
        return build(at)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    (tmp_path / "list.toml").write_text(MAP, encoding="utf-8")
    return tmp_path


def run(*arguments: object, **more: Any) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments], **more)


def ran(*arguments: object, code: ExitCode = ExitCode.DONE) -> Any:
    """The JSON of a command that ended as expected."""
    result = run(*arguments, "--json")
    assert result.exit_code == code, result.output + str(result.exception)
    return json.loads(result.stdout)


def take(files: Path, *more: object) -> tuple[object, ...]:
    return (
        "import",
        "cases",
        files / "list.csv",
        "--map",
        files / "list.toml",
        "--outbreak",
        "jinnan-2022",
        *more,
    )


# --- import ---------------------------------------------------------------------------------------------------


@pytest.fixture
def city_epidemiologist(town: "Town", at: datetime) -> str:
    """An outbreak of the city is in the city's sight."""
    from liankong.store.access import node_scope
    from liankong.vocabulary.kinds import Role
    from tests.support.town import seat

    with node_scope():
        seat(Role.EPIDEMIOLOGIST, town.city, at=at - timedelta(days=1))
        seat(Role.BULLETIN_OFFICER, town.city, at=at - timedelta(days=1))
        seat(Role.COMMANDER, town.city, at=at - timedelta(days=1))
    return f"{Role.EPIDEMIOLOGIST}-city"


def test_a_line_list_is_imported_once_and_every_row_is_accounted_for(
    files: Path, city_epidemiologist: str
) -> None:
    first = ran(*take(files), code=ExitCode.INCOMPLETE)
    assert first["rows"] == {"in": 4, "accepted": 2, "rejected": 1, "duplicate": 1}
    again = ran(*take(files), code=ExitCode.INCOMPLETE)
    assert again["rows"] == {"in": 4, "accepted": 0, "rejected": 1, "duplicate": 3}


def test_a_dry_run_stores_nothing(files: Path, city_epidemiologist: str) -> None:
    from liankong.store.access import node_scope
    from liankong.store.models import Case

    assert ran(*take(files, "--dry-run"), code=ExitCode.INCOMPLETE)["import"] is None
    with node_scope():
        assert not Case.objects.exists()


def test_the_import_is_recorded_under_the_name_that_was_given(files: Path, city_epidemiologist: str) -> None:
    from liankong.store.access import node_scope
    from liankong.store.models import LineListImport, User

    ran(*take(files, "--as", city_epidemiologist), code=ExitCode.INCOMPLETE)
    with node_scope():
        assert LineListImport.objects.get().created_by_id == User.objects.get(username=city_epidemiologist).pk


def test_rejected_rows_are_told_to_people_with_row_and_field(files: Path, city_epidemiologist: str) -> None:
    result = run(*take(files, "--rejected", files / "mend.csv"))
    assert "4 rows in = 2 accepted + 1 rejected + 1 duplicate" in result.stdout
    assert "row 4, sex" in result.stderr
    assert "Q" in (files / "mend.csv").read_text("utf-8-sig")


def test_an_unknown_outbreak_is_met_with_those_there_are(files: Path, city_epidemiologist: str) -> None:
    result = run("import", "cases", files / "list.csv", "--map", files / "list.toml", "--outbreak", "no")
    assert result.exit_code == ExitCode.USAGE
    assert "jinnan-2022" in result.stderr


# --- who acts -------------------------------------------------------------------------------------------------


def test_on_a_real_node_somebody_must_say_who_acts(town: "Town", settings: Any) -> None:
    settings.LIANKONG_DEMO = False
    result = run("purge", "--dry-run")
    assert result.exit_code == ExitCode.USAGE
    assert "say who acts" in result.stderr


def test_on_a_real_node_the_password_is_asked_for(
    town: "Town", settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from liankong.store.access import node_scope
    from liankong.store.models import User

    settings.LIANKONG_DEMO = False
    with node_scope():
        user = User.objects.get(username="administrator-jinnan")
        user.set_password("a long enough password")
        user.save()
    command = ("purge", "--dry-run", "--as", "administrator-jinnan")
    assert run(*command, input="a long enough password\n").exit_code == ExitCode.DONE
    assert run(*command, input="wrong\n").exit_code == ExitCode.USAGE
    monkeypatch.setenv("LIANKONG_PASSWORD", "a long enough password")
    assert run(*command).exit_code == ExitCode.DONE


def test_a_user_whose_post_may_not_is_refused(town: "Town") -> None:
    result = run("purge", "--dry-run", "--as", "clinician-jinnan")
    assert result.exit_code == ExitCode.USAGE
    assert "access.purge" in result.stderr


# --- bulletins ------------------------------------------------------------------------------------------------


def test_a_bulletin_is_drafted_signed_and_printed(tmp_path: Path, city_epidemiologist: str) -> None:
    draft = ran(
        "bulletin", "draft", "--outbreak", "jinnan-2022", "--division", "12", "--day", "2022-01-08",
        "--pdf", tmp_path / "draft.pdf",
    )  # fmt: skip
    assert (draft["state"], draft["may_sign"], draft["failed"]) == ("draft", True, [])
    signed = ran("bulletin", "sign", draft["bulletin"], "--pdf", tmp_path / "signed.pdf")
    assert (signed["state"], len(signed["digest"])) == ("signed", 64)
    for name in ("draft.pdf", "signed.pdf"):
        assert (tmp_path / name).read_bytes().startswith(b"%PDF-")
    assert run("bulletin", "sign", draft["bulletin"]).exit_code == ExitCode.USAGE


def test_a_figure_entered_against_the_count_stops_the_signature(
    tmp_path: Path, city_epidemiologist: str
) -> None:
    entered = {
        "figures": [
            {"series": "confirmed", "measure": "reported", "window": "day", "value": 5},
        ]
    }
    (tmp_path / "entered.json").write_text(json.dumps(entered), encoding="utf-8")
    draft = ran(
        "bulletin", "draft", "--outbreak", "jinnan-2022", "--division", "12", "--day", "2022-01-08",
        "--entered", tmp_path / "entered.json", code=ExitCode.INCOMPLETE,
    )  # fmt: skip
    assert draft["failed"]
    assert "do not balance" in run("bulletin", "sign", draft["bulletin"]).stderr


# --- protocols ------------------------------------------------------------------------------------------------


def test_protocols_are_listed_and_shown_without_a_server() -> None:
    found = ran("protocol", "list", "--on", "2022-01-08")["protocols"]
    assert "CN-COV-v8" in {one["id"] for one in found}
    assert ran("protocol", "show", "CN-COV-v8")["toml"].count("[[example]]") > 0
    assert run("protocol", "show", "CN-COV-v99").exit_code == ExitCode.USAGE


def test_a_shipped_protocol_checks_and_a_broken_one_says_which_key(tmp_path: Path) -> None:
    from liankong import protocols

    source = protocols.load("CN-COV-v8").path
    assert ran("protocol", "check", source)["valid"]
    broken = tmp_path / "broken.toml"
    broken.write_text(source.read_text("utf-8").replace("unit = ", "unti = ", 1), encoding="utf-8")
    told = ran("protocol", "check", broken, code=ExitCode.INCOMPLETE)
    assert not told["valid"]
    assert told["problems"][0]["key"]


# --- organisations, audit, tokens -------------------------------------------------------------------------------


def test_the_structure_is_shown_as_it_stood(town: "Town", at: datetime) -> None:
    before = (at - timedelta(days=40)).strftime("%Y-%m-%d")
    assert ran("org", "list", "--at", before)["organisations"] == []
    now = {one["code"]: one["parent"] for one in ran("org", "list")["organisations"]}
    assert now == {"city": None, "jinnan": "city", "jinnan-cdc": "jinnan"}
    assert "jinnan" in run("org", "list").stdout
    shown = ran("org", "show", "jinnan-cdc")
    assert {post["role"] for post in shown["posts"]} == {"epidemiologist", "lab_officer"}


def test_the_log_is_verified(town: "Town") -> None:
    assert ran("audit", "verify")["intact"] is True


def test_a_token_is_made_listed_and_revoked(town: "Town") -> None:
    who = ("--as", "lab_officer-jinnan-cdc")
    made = ran("token", "create", "machine", "--scope", "lab.report", "--days", "30", *who)
    assert made["secret"].startswith("lk_")
    listed = ran("token", "list", *who)["tokens"]
    assert [one["id"] for one in listed] == [made["id"]]
    assert ran("token", "revoke", made["id"], *who)["revoked_at"]


# --- purge ----------------------------------------------------------------------------------------------------


@pytest.fixture
def past(town: "Town", at: datetime, settings: Any) -> "Town":
    """One person, whose response has ended."""
    from liankong.actions import registry
    from liankong.store.access import node_scope
    from liankong.store.log import Actor
    from liankong.store.models import Outbreak
    from tests.support.town import COMMUNITY

    with node_scope():
        registry.register(division=COMMUNITY, name="甲", by=Actor(rule="test"), at=at)
        Outbreak.objects.update(closed_at=at + timedelta(days=1))
    settings.LIANKONG_CLOCK = lambda: at + timedelta(days=2)
    return town


def test_a_dry_run_shows_what_would_go_and_why_and_destroys_nothing(past: "Town") -> None:
    from liankong.store.access import node_scope
    from liankong.store.models import Identity

    found = ran("purge", "--dry-run")
    assert (found["persons"], found["lines"][0]["retention"]) == (1, "emergency")
    assert "1 persons" in run("purge", "--dry-run").stdout
    with node_scope():
        assert Identity.objects.count() == 1


def test_a_purge_asks_first_and_leaves_certificates_that_hold(past: "Town") -> None:
    assert run("purge", input="n\n").exit_code == ExitCode.FAULT
    done = ran("purge", "--yes")
    assert done["persons"] == 1
    kept = ran("purge", "--certificates")["certificates"]
    assert [(one["id"], one["flaws"]) for one in kept] == [(done["certificates"][0]["id"], [])]


def test_a_proposal_is_approved_by_another_and_carried_out(past: "Town", at: datetime) -> None:
    from liankong.store.access import node_scope
    from liankong.vocabulary.kinds import Role
    from tests.support.town import seat

    with node_scope():
        seat(Role.ADMINISTRATOR, past.district.__class__.objects.get(code="jinnan-cdc"), at=at)
    first, second = ("--as", "administrator-jinnan"), ("--as", "administrator-jinnan-cdc")
    number = ran("purge", "--propose", *first)["proposal"]
    assert run("purge", "--approve", number, *first).exit_code == ExitCode.USAGE
    assert ran("purge", "--approve", number, *second)["proposal"] == number
    assert ran("purge", "--proposal", number, "--yes", *first)["persons"] == 1


# Keys inside lists that are empty in this story.
MAY_BE_EMPTY = {
    "flaws[].kind",
    "flaws[].seal",
    "flaws[].entry",
    "approval",
    "differences",
    "differences[].example",
    "differences[].problem",
}


# --- what is documented -----------------------------------------------------------------------------------------


def test_every_json_is_exactly_what_is_documented(
    files: Path, past: "Town", city_epidemiologist: str, settings: Any, at: datetime
) -> None:
    settings.LIANKONG_CLOCK = lambda: at
    draft = (
        "bulletin", "draft", "--outbreak", "jinnan-2022", "--division", "12", "--day", "2022-01-08",
    )  # fmt: skip
    broken = files / "broken.toml"
    broken.write_text('id = "x"\n', encoding="utf-8")
    shown: dict[str, list[Callable[[], Any]]] = {
        "import cases": [lambda: ran(*take(files), code=ExitCode.INCOMPLETE)],
        "bulletin draft": [
            lambda: ran(*draft, "--entered", files / "entered.json", code=ExitCode.INCOMPLETE),
        ],
        "bulletin sign": [lambda: ran("bulletin", "sign", ran(*draft)["bulletin"])],
        "protocol list": [lambda: ran("protocol", "list")],
        "protocol show": [lambda: ran("protocol", "show", "CN-COV-v8")],
        "protocol check": [lambda: ran("protocol", "check", broken, code=ExitCode.INCOMPLETE)],
        "org list": [lambda: ran("org", "list")],
        "org show": [lambda: ran("org", "show", "jinnan")],
        "token create": [lambda: ran("token", "create", "x", "--scope", "look")],
        "token list": [lambda: ran("token", "list")],
        "token revoke": [lambda: ran("token", "revoke", ran("token", "list")["tokens"][0]["id"])],
        "audit verify": [lambda: ran("audit", "verify")],
        "purge": [
            lambda: ran("purge", "--dry-run"),
            lambda: proposed(settings, at),
            lambda: ran("purge", "--yes"),
            lambda: ran("purge", "--certificates"),
        ],
    }
    (files / "entered.json").write_text(
        '{"figures": [{"series": "confirmed", "measure": "reported", "window": "day", "value": 5}]}'
    )
    for command, shows in shown.items():
        found = {key for show in shows for key in printed(show())}
        assert found - MAY_BE_EMPTY == documented(command) - MAY_BE_EMPTY, command


def proposed(settings: Any, at: datetime) -> Any:
    """Later, when the response has ended."""
    settings.LIANKONG_CLOCK = lambda: at + timedelta(days=2)
    return ran("purge", "--propose")
