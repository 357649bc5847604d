"""`demo stop`: end a playground's processes and take it away."""

from collections.abc import Iterator
from dataclasses import dataclass

from opsctl.core.errors import UsageError
from opsctl.core.events import Event
from opsctl.core.setup_facts import PlaygroundStopped
from opsctl.terminal.commands.demo import DEFAULT_FOLDER, PlaygroundFolder
from opsctl.terminal.own import OwnCommand, Terminal


@dataclass(frozen=True, slots=True)
class DemoStop(OwnCommand):
    """End a playground's processes; its folder, with journal and logs, stays."""

    name = "demo stop"
    examples = ("demo stop", "demo stop --folder DIR")

    folder: PlaygroundFolder = DEFAULT_FOLDER

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """Only what is this playground's; nothing of a site that no `demo` made."""
        from opsctl.playground import relay
        from opsctl.playground.folder import Playground, reaching
        from opsctl.wiring import setting_up

        playground = Playground(self.folder.absolute())
        with reaching(playground.folder):
            is_there = setting_up.is_demo(playground.config, terminal.environment)
        if not is_there:
            raise UsageError(
                f"There is no playground in {playground.folder}.",
                means="Nothing was stopped.",
                do="Name its folder: opsctl demo stop --folder DIR",
                reason="no_playground",
            )
        relay.stop(playground)
        setting_up.stop_local_processes(playground.runtime)
        yield PlaygroundStopped(str(playground.folder))
