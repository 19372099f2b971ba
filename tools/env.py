"""Make the project's environment: `.venv` with every package at its locked version, checked by hash.

    python3 tools/env.py            make it, or bring it up to date; nothing to do takes a moment
    python3 tools/env.py --browser  also see to it that there is a Chromium for the tests

Needs Python 3.11 or newer and nothing else. Packages come from wherever this machine's pip gets them: the lock holds
versions and hashes, no address. They are installed by uv, itself installed by pip with its locked hash; where uv cannot
do it, by pip.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / ".liankong"
PYTHON = VENV / "bin" / "python"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> None:
    """Bring the environment up to date."""
    if sys.version_info < OLDEST:
        sys.exit(
            f"Liankong needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}. "
            "Debian 12 and Ubuntu 24.04 have it as python3; or name yours: make PYTHON=/path/to/python3.12 env"
        )
    stamp = fingerprint()
    if not (STAMP.exists() and STAMP.read_text() == stamp and PYTHON.exists()):
        began = time.monotonic()
        make_venv()
        if not install_with_uv():
            say("uv could not install the packages: pip does it, which takes longer")
            run([str(PYTHON), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(LOCK)])
        link_project()
        STAMP.write_text(stamp)
        say(f"environment ready in {time.monotonic() - began:.0f} s")
    if "--browser" in sys.argv[1:]:
        ensure_browser()


def say(line: str) -> None:
    """One line about what is being done."""
    print(f"env: {line}", flush=True)


def run(command: list, **options) -> None:
    """Run a step, and end with its code when it fails."""
    done = subprocess.run(command, check=False, **options)
    if done.returncode:
        sys.exit(f"env: failed: {' '.join(command[:6])}")


def fingerprint() -> str:
    """Changes when the environment must be made anew: other packages, another Python, another way of making it."""
    parts = [LOCK.read_bytes(), Path(__file__).read_bytes(), sys.version.encode(), str(ROOT).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def make_venv() -> None:
    """Make `.venv`, anew when it belongs to another Python."""
    if PYTHON.exists():
        asked = subprocess.run(
            [str(PYTHON), "-c", "import sys, pip; print(sys.version)"],
            capture_output=True,
            text=True,
            check=False,
        )
        if asked.returncode == 0 and asked.stdout.strip() == sys.version.strip():
            return
        shutil.rmtree(VENV)
    say(f"making .venv with Python {sys.version.split()[0]}")
    done = subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        if "ensurepip" in done.stdout + done.stderr or "No module named venv" in done.stderr:
            short = ".".join(sys.version.split()[0].split(".")[:2])
            sys.exit(
                f"env: this Python cannot make environments. On Debian and Ubuntu: apt-get install python3-venv "
                f"(or python{short}-venv); then make again."
            )
        sys.exit(f"env: python3 -m venv failed:\n{done.stdout}{done.stderr}")


def install_with_uv() -> bool:
    """Install the locked packages with uv. True when it could."""
    found = re.search(r"^uv==\S+ .*\n(?:^ +.*\n?)+", LOCK.read_text(), re.MULTILINE)
    if not found:
        return False
    uv = VENV / "bin" / "uv"
    version = re.match(r"uv==(\S+)", found.group()).group(1)
    if not (uv.exists() and version in _output([str(uv), "--version"])):
        say(f"installing uv {version}")
        with tempfile.TemporaryDirectory() as folder:
            wanted = Path(folder) / "uv.lock"
            wanted.write_text(found.group())
            done = subprocess.run(
                [
                    str(PYTHON),
                    "-m",
                    "pip",
                    "install",
                    "-q",
                    "--no-deps",
                    "--require-hashes",
                    "-r",
                    str(wanted),
                ],
                check=False,
            )
        if done.returncode:
            return False
    say("installing the locked packages")
    command = [str(uv), "pip", "sync", "--quiet", "--require-hashes", "--python", str(PYTHON), str(LOCK)]
    return (
        subprocess.run(command, check=False, cwd=ROOT, env={**os.environ, **pip_settings()}).returncode == 0
    )


def pip_settings() -> dict:
    """What this machine's pip is told about where packages are, said to uv."""
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "find-links": "UV_FIND_LINKS",
        "cert": "SSL_CERT_FILE",
        "trusted-host": "UV_INSECURE_HOST",
        "timeout": "UV_HTTP_TIMEOUT",
        "default-timeout": "UV_HTTP_TIMEOUT",
    }
    told = {
        # Hashes pin every file, so it does no harm to take it from whichever place has it.
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_LINK_MODE": "copy",
        "UV_PYTHON_DOWNLOADS": "never",
    }
    listed = _output([str(PYTHON), "-m", "pip", "config", "list"])
    # The environment is listed last and counts most.
    for line in sorted(listed.splitlines(), key=lambda text: text.startswith(":env:")):
        key, _, value = line.partition("=")
        name = names.get(key.rpartition(".")[2])
        if name:
            separator = "," if name == "UV_FIND_LINKS" else " "
            told[name] = separator.join(value.strip().strip("'\"").replace("\\n", " ").split())
    return {name: value for name, value in told.items() if value and name not in os.environ}


def link_project() -> None:
    """Make the checkout importable, and `liankong` a command, without building anything."""
    asked = _output([str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"])
    (Path(asked.strip()) / "liankong-checkout.pth").write_text(f"{ROOT}\n")
    command = VENV / "bin" / "liankong"
    command.write_text(
        f"#!{PYTHON}\nimport sys\n\nfrom liankong.cli import main\n\nsys.exit(main(prog_name='liankong'))\n"
    )
    command.chmod(0o755)


def ensure_browser() -> None:
    """Find Chromium; on Debian and Ubuntu, as root, install it with fonts that have Chinese."""
    if any(shutil.which(name) for name in BROWSERS):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("installing chromium and fonts-noto-cjk")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "update", "-qq"], env=environment)
        run(["apt-get", "install", "-y", "-qq", "chromium", "fonts-noto-cjk"], env=environment)
    if not any(shutil.which(name) for name in BROWSERS):
        sys.exit(
            "env: the tests need Chromium or Google Chrome, and fonts with Chinese. On Debian: "
            "apt-get install chromium fonts-noto-cjk. On macOS: "
            "install Google Chrome and put `google-chrome` on the PATH."
        )


def _output(command: list) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


if __name__ == "__main__":
    main()
