"""Where does a node keep what it owns?

Everything that a node writes (database, secrets, lake, clock, logs) lies in one folder, so that a backup is a
copy of it and a removal is its deletion.
"""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
CHECKOUT = PACKAGE.parent


def in_checkout() -> bool:
    """True when the package runs from its source tree and not from an installed wheel."""
    return (CHECKOUT / "pyproject.toml").is_file() and (CHECKOUT / "Makefile").is_file()


def data_folder() -> Path:
    """The node's data folder: `LIANKONG_DATA`, else `data/` of a checkout, else the user's data folder."""
    named = os.environ.get("LIANKONG_DATA")
    if named:
        return Path(named).expanduser().resolve()
    if in_checkout():
        return CHECKOUT / "data"
    import platformdirs

    return Path(platformdirs.user_data_dir("liankong", appauthor=False))


def ensure_private(folder: Path) -> Path:
    """Make `folder` if it is missing, readable by its owner alone (0700)."""
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # mkdir's mode is subject to the umask, and `parents` ignores it.
        folder.chmod(0o700)
    return folder
