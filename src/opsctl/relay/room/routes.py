"""The room's part of the relay: its routes, all below /room."""

from collections.abc import Collection

from starlette.routing import BaseRoute, Mount

from opsctl.core.context import Context
from opsctl.relay.room import pages, reading, session, writing
from opsctl.relay.room.doors import Guarded
from opsctl.relay.room.live import Live


def routes(context: Context, live: Live, hosts: Collection[str]) -> list[BaseRoute]:
    """The page, signing in, reading and writing; `hosts` are the names under which the relay may be addressed."""
    parts = (
        *pages.routes(),
        *session.routes(context),
        *reading.routes(context, live),
        *writing.routes(context),
    )
    return [Mount("/room", app=Guarded(parts, frozenset(hosts)))]
