"""The embedded chat: the room that lives in the store."""

from dataclasses import dataclass

from opsctl.core.post import Post
from opsctl.core.room import OPSCTL
from opsctl.core.store import Store, Transaction


@dataclass(frozen=True, slots=True)
class RoomChat:
    """Chat in the room. It knows every key, so nothing is ever posted twice."""

    store: Store

    def open_channel(self, channel: str, topic: str) -> None:
        """Make it, or give it that topic."""
        self.store.write(lambda tx: tx.room.open_channel(channel, topic))

    def post(self, channel: str, post: Post, *, key: str, thread: str = "", audience: str = "") -> str:
        """Post it, or find it under its key."""
        top = int(thread or 0)

        def work(tx: Transaction) -> int:
            return tx.room.post(channel, OPSCTL, post, thread=top, key=key, audience=audience)

        return str(self.store.write(work))

    def edit(self, channel: str, message: str, post: Post) -> None:  # noqa: ARG002  # ids are the room's, not a channel's
        """Put another content in its place."""
        self.store.write(lambda tx: tx.room.edit(int(message), post))

    def tell(self, channel: str, person: str, post: Post, *, key: str = "", thread: str = "") -> None:
        """A message that this person alone can see."""
        self.post(channel, post, key=key, thread=thread, audience=person)
