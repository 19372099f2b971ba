"""The security documents name what exists, and the checklist leaves no requirement out."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("asvs.md", "api.md", "security.md", "privacy.md")
# Sections of ASVS 5.0.0 -> numbers of their requirements of levels 1 and 2.
REQUIRED = {
    "1.1": "1-2", "1.2": "1-9", "1.3": "1-11", "1.4": "1-3", "1.5": "1-2",
    "2.1": "1-3", "2.2": "1-3", "2.3": "1-4", "2.4": "1",
    "3.2": "1-2", "3.3": "1-4", "3.4": "1-6", "3.5": "1-5", "3.7": "1-2",
    "4.1": "1-3", "4.2": "1", "4.3": "1-2", "4.4": "1-4",
    "5.1": "1", "5.2": "1-3", "5.3": "1-2", "5.4": "1-3",
    "6.1": "1-3", "6.2": "1-12", "6.3": "1-4", "6.4": "1-4", "6.5": "1-5", "6.6": "1-3", "6.8": "1-4",
    "7.1": "1-3", "7.2": "1-4", "7.3": "1-2", "7.4": "1-5", "7.5": "1-2", "7.6": "1-2",
    "8.1": "1-2", "8.2": "1-3", "8.3": "1", "8.4": "1",
    "9.1": "1-3", "9.2": "1-4",
    "10.1": "1-2", "10.2": "1-2", "10.3": "1-4", "10.4": "1-11", "10.5": "1-5", "10.6": "1-2", "10.7": "1-3",
    "11.1": "1-2", "11.2": "1-3", "11.3": "1-3", "11.4": "1-4", "11.5": "1", "11.6": "1",
    "12.1": "1-3", "12.2": "1-2", "12.3": "1-4",
    "13.1": "1", "13.2": "1-5", "13.3": "1-2", "13.4": "1-5",
    "14.1": "1-2", "14.2": "1-4", "14.3": "1-3",
    "15.1": "1-3", "15.2": "1-3", "15.3": "1-7",
    "16.1": "1", "16.2": "1-5", "16.3": "1-4", "16.4": "1-3", "16.5": "1-3",
    "17.1": "1", "17.2": "1-4", "17.3": "1-2",
}  # fmt: skip
STATES = {"kept", "partly", "gap", "n/a", "operator"}


def rows() -> list[list[str]]:
    text = (ROOT / "docs" / "asvs.md").read_text("utf-8")
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if re.match(r"\| \d", line)
    ]


def required() -> list[str]:
    numbers = []
    for section, span in REQUIRED.items():
        first, _, last = span.partition("-")
        numbers += [f"{section}.{number}" for number in range(int(first), int(last or first) + 1)]
    return numbers


def test_every_requirement_of_the_standard_is_answered_once_and_in_order() -> None:
    assert len(required()) == 253
    assert [row[0] for row in rows()] == required()


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_each_answer_says_where_or_why(row: list[str]) -> None:
    _number, topic, state, answer = row
    assert topic
    assert state in STATES
    assert len(answer) > 4


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_a_document_names_exists(document: str) -> None:
    text = (ROOT / "docs" / document).read_text("utf-8")
    named = set(
        re.findall(r"`((?:liankong|tests|docs|tools|\.ci|bench)/[^`\s]*|[\w.]+\.(?:lock|toml|md))`", text)
    )
    named |= {f"docs/{name}" for name in re.findall(r"\]\((\w[\w/.-]*\.md)", text)}
    missing = sorted(path for path in named - {"secrets.toml"} if not (ROOT / path).exists())
    assert missing == []
    assert named or document == "api.md"


def test_the_documents_of_the_api_tell_the_limits_that_are_in_force() -> None:
    from liankong.web.api import door, limits, linelists

    text = (ROOT / "docs" / "api.md").read_text("utf-8")
    for rate in limits.RATES.values():
        assert f"{rate.per_minute:,.0f} a minute, {rate.burst} at once" in text
    assert f"{door.LARGEST_BODY // 1024**2} MB together" in text
    assert f"{linelists.UNPACKED // 1024**2} MB unpacked" in text
    assert f"{limits.CALLERS:,} callers" in text


def test_the_document_of_the_api_names_every_group_of_operations_once() -> None:
    from liankong.web.api import api

    described = api.get_openapi_schema()["paths"]
    tags = [operation["tags"][0] for methods in described.values() for operation in methods.values()]
    text = (ROOT / "docs" / "api.md").read_text("utf-8")
    table = text[text.index("| Group |") : text.index("Personal data travel in bodies")]
    assert re.findall(r"^\| (\w[\w ]*) \|", table, re.M)[1:] == list(dict.fromkeys(tags))


def test_the_documents_tell_how_far_one_user_goes_alone() -> None:
    from liankong.protocols.leaves import text_of
    from liankong.protocols.standing import retention

    limits = retention().limits
    told = (ROOT / "docs" / "privacy.md").read_text("utf-8")
    for name in ("glass", "alone_up_to", "alone_within", "agreed_for"):
        assert f"({text_of(getattr(limits, name).value)}, `limits.{name}`)" in told
