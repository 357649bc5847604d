"""The channels of the room: those of the site, spoken in or not, and those that were opened since."""

from opsctl.core.context import Context
from opsctl.core.room import Channel, channel_names


def channels_of(context: Context) -> list[Channel]:
    """The site's own first, in the site's order."""
    there = {one.name: one for one in context.store.room.channels()}
    return [there.get(name, Channel(name, "", 0)) for name in channel_names(context.published(), there.values())]
