"""`opsctl` and `python -m opsctl`."""

import gc
import sys


def main() -> None:
    """Run the terminal surface and exit with its code."""
    # What is imported stays: looking for garbage in it after every 700 objects is a tenth of the time a line takes.
    gc.set_threshold(50_000)
    from opsctl.terminal.app import run
    from opsctl.terminal.stand_ins import fit_to_locale
    from opsctl.terminal.streams import hold_standard_streams

    hold_standard_streams()
    fit_to_locale(sys.stdout, sys.stderr)
    code = run(sys.argv[1:])
    # Nor is it garbage at the end, where Python looks through all of it: another tenth.
    gc.freeze()
    sys.exit(code)


if __name__ == "__main__":
    main()
