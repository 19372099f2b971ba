"""Real pages, where they lie beside the checkout: as many directives as the meetings gave, none invented."""

from datetime import date, time
from pathlib import Path

import pytest

from liankong.exchange.minutes import Directive, Meeting, Minutes, Part, Reach, read
from liankong.exchange.minutes_json import minutes_json


def page(shared: Path, number: str) -> Minutes:
    (file,) = (shared / "seeds").glob(f"{number}_*.txt")
    return read(file.read_text(encoding="utf-8"))


def on(minutes: Minutes, day: date) -> list[Directive]:
    return [one for meeting in minutes.meetings if meeting.day == day for one in meeting.directives]


def at(minutes: Minutes, day: date, hour: time | None) -> Meeting:
    (found,) = [one for one in minutes.meetings if (one.day, one.hour) == (day, hour)]
    return found


def test_the_meeting_of_13_january_gave_eight_directives(shared: Path) -> None:
    minutes = page(shared, "002")
    assert [one.number for one in on(minutes, date(2022, 1, 13))] == list(range(1, 9))
    assert len(at(minutes, date(2022, 1, 13), time(23, 30)).directives) == 8


def test_the_meeting_of_12_january_gave_ten_directives(shared: Path) -> None:
    minutes = page(shared, "002")
    assert [one.number for one in on(minutes, date(2022, 1, 12))] == list(range(1, 11))
    assert on(minutes, date(2022, 1, 11)) == []


def test_the_meeting_of_8_january_gave_four_directives(shared: Path) -> None:
    found = on(page(shared, "000"), date(2022, 1, 8))
    assert [one.label for one in found] == ["一是", "二是", "三是", "四是"]
    assert all(any(body.reach is Reach.EACH for body in one.bodies) for one in found)


def test_of_the_meetings_of_1_february_the_one_at_night_gave_a_list_of_four(shared: Path) -> None:
    minutes = page(shared, "001")
    found = on(minutes, date(2022, 2, 1))
    assert [one.label for one in found] == ["一是", "二是", "三是", "四是"]
    assert tuple(found) == at(minutes, date(2022, 2, 1), time(22, 0)).directives
    # The others of that day spoke without a list: what they asked for is offered apart.
    assert all(meeting.unnumbered for meeting in minutes.meetings)


def test_the_sub_headquarters_of_14_january_is_found_with_the_hour_from_which_it_stands(shared: Path) -> None:
    meeting = at(page(shared, "002"), date(2022, 1, 13), time(23, 30))
    (decision,) = [one for one in meeting.unnumbered if one.dates]
    assert [body.division for body in decision.bodies if body.part is Part.RESPONSIBLE] == ["120112"]
    assert decision.dates[0].moment is not None
    assert decision.dates[0].moment.isoformat() == "2022-01-14T00:00:00+08:00"


def test_counted_lists_of_a_city_meeting_hold_as_many_items_as_their_names_say(shared: Path) -> None:
    names = [one.under for one in page(shared, "003").directives]
    assert {name: names.count(name) for name in names} == {
        "“四个确保”": 4,
        "“三个重点”": 3,
        "“三项举措”": 3,
        "“三种能力”": 3,
    }


def test_the_mangled_page_is_readable_and_its_notice_of_rights_is_no_list(shared: Path) -> None:
    minutes = page(shared, "004")
    assert minutes.directives == ()
    (meeting,) = minutes.meetings
    assert meeting.day is None
    assert meeting.unnumbered
    assert "(" not in minutes.text.replace("（", "").split("版权声明")[0]


@pytest.mark.parametrize("folder", ["seeds", "data/texts"])
def test_every_real_text_is_read_and_each_sentence_stands_where_it_says(shared: Path, folder: str) -> None:
    for file in sorted((shared / folder).glob("*.txt")):
        minutes = read(file.read_text(encoding="utf-8"))
        for meeting in minutes.meetings:
            for one in (*meeting.directives, *meeting.unnumbered):
                assert minutes.text[one.start : one.end] == one.sentence, file.name
                assert one.title in one.sentence
        assert minutes_json(minutes)["text"] == minutes.text
        if not file.name.startswith(("0", "meeting", "notice")):
            assert minutes.directives == (), f"{file.name} reports no meeting"
