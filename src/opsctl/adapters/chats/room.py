"""The embedded chat: the room that lives in the store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from opsctl.core.errors import StoreUnusable, Unreachable
from opsctl.core.post import Post
from opsctl.core.room import OPSCTL
from opsctl.core.store import Store, Transaction

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RoomChat:
    """Chat in the room. It knows every key, so nothing is ever posted twice.

    A room that can't be written is a chat that is out of reach, and no reason to hold back what others are told.
    """

    store: Store

    @property
    def knows_keys(self) -> bool:
        """It does."""
        return True

    def open_channel(self, channel: str, topic: str, people: Sequence[str] = ()) -> None:  # noqa: ARG002  # all are in it
        """Make it, or give it that topic."""
        self._write(lambda tx: tx.room.open_channel(channel, topic))

    def post(
        self,
        channel: str,
        post: Post,
        *,
        key: str,
        thread: str = "",
        audience: str = "",
        tried: datetime | None = None,  # noqa: ARG002  # a key is enough
    ) -> str:
        """Post it, or find it under its key."""
        top = int(thread or 0)

        def work(tx: Transaction) -> int:
            return tx.room.post(channel, OPSCTL, post, thread=top, key=key, audience=audience)

        return str(self._write(work))

    def edit(self, channel: str, message: str, post: Post) -> None:  # noqa: ARG002  # ids are the room's, not a channel's
        """Put another content in its place."""
        self._write(lambda tx: tx.room.edit(int(message), post))

    def tell(self, channel: str, person: str, post: Post, *, key: str = "", thread: str = "") -> None:
        """A message that this person alone can see."""
        self.post(channel, post, key=key, thread=thread, audience=person)

    def _write(self, work: Callable[[Transaction], T]) -> T:
        try:
            return self.store.write(work)
        except StoreUnusable as error:
            raise Unreachable("The room can't be written.", do="See why: opsctl doctor") from error
