"""Hearing the chat's answers in this terminal, for as long as it waits for them: no relay is needed for that."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from opsctl.core.context import Context
from opsctl.core.errors import OpsctlError, Unreachable
from opsctl.core.operation import State

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 10.0
GROWTH = 1.3
"""A lead who sits there is heard within seconds; one who is at lunch is not asked after three thousand times."""


@contextmanager
def listening(context: Context, operation: str) -> Iterator[None]:
    """While this lasts, what stands below the operation's request for approval is read and counted.

    Nothing, where the team talks in the room: that is in the store, and heard by the relay.
    """
    if context.platform is None:
        yield
        return
    is_over = threading.Event()
    thread = threading.Thread(target=_listen, args=(context, operation, is_over), name="listening", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()


def _listen(context: Context, operation: str, is_over: threading.Event) -> None:
    box, pause = None, FIRST_SECONDS
    while not is_over.wait(pause):
        try:
            row = context.store.operation(operation)
            if row is None or row.state is not State.AWAITING_APPROVAL:
                pause = FIRST_SECONDS
                continue
            if box is None:
                from opsctl.chat.ballot_box import BallotBox  # few requests come to this

                assert context.platform is not None
                box = BallotBox(context, context.platform())
            box.look(operation)
            pause = min(LONGEST_SECONDS, pause * GROWTH)
        except Unreachable as error:
            pause = max(error.again_seconds, min(LONGEST_SECONDS, pause * GROWTH))
        except OpsctlError:
            pause = LONGEST_SECONDS  # whoever brings the announcements there tells what ails it
