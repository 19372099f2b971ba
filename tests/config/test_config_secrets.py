"""The node's keys are made once, are nobody else's, and are never printed."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from liankong.config.secrets import SecretsError, load_secrets, secrets_path


def test_keys_are_made_once_and_stay(tmp_path: Path) -> None:
    first = load_secrets(tmp_path / "node")

    assert load_secrets(tmp_path / "node") == first
    assert len(first.identity_key) == len(first.seal_key) == 32
    assert len({first.identity_key, first.hash_key, first.scope_key, first.seal_key}) == 4
    assert len({first.db_superuser, first.db_owner, first.db_app, first.django}) == 4


def test_two_nodes_share_no_key(tmp_path: Path) -> None:
    assert load_secrets(tmp_path / "a").identity_key != load_secrets(tmp_path / "b").identity_key


def test_only_the_owner_can_read_them(tmp_path: Path) -> None:
    load_secrets(tmp_path / "node")

    assert stat.S_IMODE(secrets_path(tmp_path / "node").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "node").stat().st_mode) == 0o700


def test_keys_that_others_can_read_are_refused(tmp_path: Path) -> None:
    load_secrets(tmp_path)
    secrets_path(tmp_path).chmod(0o640)

    with pytest.raises(SecretsError, match="can be read by other users"):
        load_secrets(tmp_path)


def test_processes_that_start_together_agree_on_the_keys(tmp_path: Path) -> None:
    ask = "import sys, pathlib; from liankong.config.secrets import load_secrets as s; print(s(pathlib.Path(sys.argv[1])).django)"
    asked = [
        subprocess.Popen([sys.executable, "-c", ask, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]

    answers = {process.communicate()[0] for process in asked}

    assert answers == {load_secrets(tmp_path).django + "\n"}
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.toml"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("identity_key = ", "identity_key_old = "), "identity_key is missing"),
        (('seal_key = "', 'seal_key = "AAAA'), "seal_key has 35 bytes, expected 32"),
        (('hash_key = "', 'hash_key = "!'), "hash_key is not base64"),
        (("django = ", "django "), "not valid TOML"),
    ],
)
def test_a_damaged_file_is_named_with_its_fault(
    tmp_path: Path, change: tuple[str, str], complaint: str
) -> None:
    load_secrets(tmp_path)
    path = secrets_path(tmp_path)
    path.write_text(path.read_text().replace(*change))

    with pytest.raises(SecretsError, match=complaint) as caught:
        load_secrets(tmp_path)

    assert str(path) in str(caught.value)


def test_secrets_do_not_show_when_printed(tmp_path: Path) -> None:
    found = load_secrets(tmp_path)

    assert found.django not in repr(found)
    assert found.db_app not in repr(found)
