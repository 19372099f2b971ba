"""Are the browser files that we ship exactly the published ones that the lock names?

    python tools/vendor_check.py            check; exit 1 and one line a fault when anything differs
    python tools/vendor_check.py --write    take the files as they are into the lock (after an upgrade)

The lock holds, for each package, its name, version, SPDX licence and the sha256 of every file, and no address:
the files can be compared with the package of that name and version wherever it is had from. A change that we made
to a published file is said in `changed`. Needs nothing but Python.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

VENDOR = Path(__file__).resolve().parent.parent / "liankong" / "web" / "static" / "vendor"
LOCK = "vendor.lock.json"
LICENCES = {"MIT", "0BSD", "Apache-2.0", "BSD-3-Clause", "ISC"}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def files_of(folder: Path) -> dict[str, str]:
    """Relative name -> sha256 of every file below `folder`."""
    return {
        path.relative_to(folder).as_posix(): digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def check(vendor: Path) -> list[str]:
    """Faults, one sentence each; an empty list when all is well."""
    text = (vendor / LOCK).read_text(encoding="utf-8")
    faults = ["the lock holds an address"] if "://" in text else []
    packages: dict[str, dict[str, Any]] = json.loads(text)
    found = {folder.name for folder in vendor.iterdir() if folder.is_dir()}
    faults += [f"{name}: not in the lock" for name in sorted(found - packages.keys())]
    faults += [f"{name}: missing" for name in sorted(packages.keys() - found)]
    for name in sorted(found & packages.keys()):
        faults += _check_package(name, packages[name], vendor / name)
    return faults


def _check_package(name: str, locked: dict[str, Any], folder: Path) -> list[str]:
    files = files_of(folder)
    expected: dict[str, str] = locked["files"]
    faults = [f"{name}/{file}: not in the lock" for file in sorted(files.keys() - expected.keys())]
    faults += [f"{name}/{file}: missing" for file in sorted(expected.keys() - files.keys())]
    faults += [
        f"{name}/{file}: differs from the lock"
        for file in sorted(files.keys() & expected.keys())
        if files[file] != expected[file]
    ]
    if locked.get("licence") not in LICENCES:
        faults.append(
            f"{name}: licence {locked.get('licence')!r} is not one of {', '.join(sorted(LICENCES))}"
        )
    if "LICENSE" not in files:
        faults.append(f"{name}: no LICENSE file")
    return faults


def write(vendor: Path) -> None:
    """Renew the hashes; name, version and licence stay as a person wrote them."""
    packages: dict[str, dict[str, Any]] = json.loads((vendor / LOCK).read_text(encoding="utf-8"))
    for name, package in packages.items():
        package["files"] = files_of(vendor / name)
    (vendor / LOCK).write_text(json.dumps(packages, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Check the vendored browser files against their lock.")
    parser.add_argument("--write", action="store_true", help="renew the hashes in the lock")
    if parser.parse_args().write:
        write(VENDOR)
    faults = check(VENDOR)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
