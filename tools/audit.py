"""Are there published vulnerabilities in the locked packages?

    python tools/audit.py

Asks pip-audit, first at PyPI's advisories, then at OSV's. Ends with 1 when a package has one. Where neither service can
be asked, it says so plainly and ends with 0: not audited is not the same as sound.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
SERVICES = ("pypi", "osv")


def ask(service: str) -> list[dict[str, Any]] | None:
    """What a service says of each package; None when it could not be asked about any."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "-r", str(LOCK)]
    command += ["--vulnerability-service", service, "--format", "json", "--progress-spinner", "off"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        packages = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return None
    return packages if any("skip_reason" not in package for package in packages) else None


def main() -> int:
    """Ask, and print what was found."""
    for service in SERVICES:
        packages = ask(service)
        if packages is None:
            continue
        skipped = [package["name"] for package in packages if "skip_reason" in package]
        faults = [(package, fault) for package in packages for fault in package.get("vulns", [])]
        for package, fault in faults:
            mended = ", ".join(fault["fix_versions"]) or "no version yet"
            print(f"{package['name']} {package['version']}: {fault['id']}, mended in {mended}")
        print(f"audited {len(packages) - len(skipped)} packages at {service}: {len(faults)} vulnerabilities")
        if skipped:
            print(f"not known there, so not audited: {', '.join(skipped)}")
        return 1 if faults else 0
    print("NOT AUDITED: no vulnerability service can be reached from here")
    return 0


if __name__ == "__main__":
    sys.exit(main())
