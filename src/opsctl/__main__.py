"""`opsctl` and `python -m opsctl`."""

import sys


def main() -> None:
    """Run the terminal surface and exit with its code."""
    from opsctl.terminal.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
