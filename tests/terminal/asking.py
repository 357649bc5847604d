"""A deploy that waits for approval, asked at this terminal: `python -m tests.terminal.asking FOLDER`."""

import sys
from pathlib import Path

from tests.core.team import Colleagues

from opsctl.core.errors import OpsctlError
from opsctl.terminal.dialogue import Dialogue
from opsctl.terminal.ink import standard_inks
from opsctl.terminal.signals import interrupting
from opsctl.terminal.text_display import TextDisplay


def main(folder: Path) -> int:
    team = Colleagues.at(folder)
    context, display = team.context("@alice"), TextDisplay(*standard_inks())
    try:
        with interrupting(context.interruption):
            request = team.request("@alice", "deploy order-service v2.4.1 production")
            return Dialogue(context, display, None, says_yes=False).carry_through(request)
    except OpsctlError as error:
        display.fail(error)
        return error.exit_code
    finally:
        display.close()
        team.store.close()


sys.exit(main(Path(sys.argv[1])))
