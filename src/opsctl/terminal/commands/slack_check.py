"""`slack check`: whether Slack lets opsctl do what it has to, and whether what happens there arrives here."""

from collections.abc import Iterator
from dataclasses import dataclass

from opsctl.core.errors import Unreachable
from opsctl.core.events import Event
from opsctl.core.setup_facts import Condition
from opsctl.terminal.own import OwnCommand, Terminal


@dataclass(frozen=True, slots=True)
class SlackCheck(OwnCommand):
    """Check Slack: the tokens, what they may do, channels, people, and that what happens there is heard."""

    name = "slack check"
    examples = ("slack check",)

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """Each part. Raises Unreachable where one is down."""
        from opsctl.doctor.slack import examine_slack

        down = []
        for found in examine_slack(terminal.environment, terminal.options.config):
            yield found
            if found.condition is Condition.DOWN:
                down.append(found.part)
        if down:
            raise Unreachable(f"Down: {', '.join(down)}.", do="Do what stands beside each, then: opsctl slack check")
