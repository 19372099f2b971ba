"""The peer of the response's benchmark: measured round for round, or said not to be."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import response_peer, stage
from bench.response_peer import Rounds

STAND_IN = """#!{python}
import json, sys
print(json.dumps({{"gnuhealth": "0", "trytond": "0", "durability": {{"fsync": "on"}}}}), flush=True)
for line in sys.stdin:
    print(json.dumps({{"record": 0.5, "recorded": {recorded}, "read": 0.25, "shown": 100}}), flush=True)
"""


@pytest.fixture
def stand_in(tmp_path: Path) -> Callable[[int], str]:
    """An interpreter that answers as the peer's script does, whatever script it is given."""

    def make(recorded: int) -> str:
        file = tmp_path / "python"
        file.write_text(STAND_IN.format(python=sys.executable, recorded=recorded), encoding="utf-8")
        file.chmod(0o755)
        return os.fspath(file)

    return make


def test_a_peer_is_measured_in_turn_and_the_first_round_does_not_count(
    stand_in: Callable[[int], str],
) -> None:
    ours, theirs = Rounds(record=[9.0, 0.25, 0.25], read=[9.0, 1.0, 1.0]), Rounds()
    with response_peer.started(stand_in(100), [], {}, 100) as peer:
        for _ in range(3):
            peer.list(theirs)
        assert peer.durability == {"fsync": "on"}
    report = stage.Report("response", small=True)
    response_peer.compare(report, ours, theirs, name=peer.name, contacts=100)
    record, read = report.measures
    assert (record.value, record.peer_value, record.ratio) == (400, 200, 2)
    assert (read.value, read.peer_value, read.ratio) == (100, 400, 0.25)


def test_a_peer_that_records_less_than_it_was_handed_is_not_compared(stand_in: Callable[[int], str]) -> None:
    with (
        response_peer.started(stand_in(99), [], {}, 100) as peer,
        pytest.raises(RuntimeError, match="recorded 99"),
    ):
        peer.list(Rounds())


def test_an_interpreter_without_the_peer_is_told_how_to_get_it(capfd: pytest.CaptureFixture[str]) -> None:
    with (
        pytest.raises(RuntimeError, match=r"pip install gnuhealth==\d"),
        response_peer.started(sys.executable, ["none", "1", "1"], {}, 1),
    ):
        pass
    assert "trytond" in capfd.readouterr().err


def test_without_a_peer_ours_stands_alone_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(response_peer.VARIABLE, raising=False)
    with response_peer._peer(tmp_path, 1, 1) as peer:
        assert peer is None
    assert response_peer.VARIABLE in capsys.readouterr().err
    report = stage.Report("response", small=True)
    response_peer.compare(report, Rounds([9.0, 0.5], [9.0, 0.5]), Rounds(), name="", contacts=100)
    assert [(item.value, item.peer_value, item.ratio) for item in report.measures] == [(200, None, None)] * 2
    assert all("not measured" in item.peer for item in report.measures)
