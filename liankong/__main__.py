"""`python -m liankong` is `liankong`."""

from liankong.cli import main

if __name__ == "__main__":
    main(prog_name="liankong")
