"""A relay that hears Slack in Socket Mode, in a process of its own, to be killed.

Run as a program: "FOLDER URL STEP_SECONDS". Says "at work" once Slack is heard; ends when its standard input does.
"""

import sys
import time
from pathlib import Path

from tests.core.file_platform import FileAdapters
from tests.core.team import Colleagues
from tests.relay.slack.office import slack_relay

from opsctl.adapters.stores.sqlite.store import SqliteStore


def main(folder: Path, url: str, step_seconds: float) -> None:
    store = SqliteStore.open(folder / "store" / "opsctl.db")
    team = Colleagues(store, FileAdapters(folder / "platform", step_seconds))
    relay, part = slack_relay(team, url, is_socket=True)
    relay.start()
    with part.listening():
        while relay.probe.outside["slack"]() != "ok":
            time.sleep(0.01)
        print("at work", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
