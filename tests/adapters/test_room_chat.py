"""The room as the place where the team talks."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.adapters.contract_chat import ChatContract, Seen, Shown

from opsctl.adapters.chats.room import RoomChat
from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.room import Message
from opsctl.core.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = SqliteStore.create(tmp_path / "store" / "opsctl.db", "acme")
    yield store
    store.close()


@pytest.fixture
def chat(store: Store) -> RoomChat:
    return RoomChat(store)


@pytest.fixture
def seen(store: Store) -> Seen:
    topics = {one.name: one.topic for one in store.room.channels()}

    def read(channel: str, person: str) -> Sequence[Shown]:
        topics.update({one.name: one.topic for one in store.room.channels()})
        tops = store.room.messages(channel, person)
        replies = [reply for top in tops for reply in store.room.messages(channel, person, thread=top.id)]
        return [shown(one) for one in sorted((*tops, *replies), key=lambda one: one.id)]

    def shown(one: Message) -> Shown:
        text = "\n".join((one.post.text, one.post.block))
        return Shown(str(one.id), text, str(one.thread or ""), topics[one.channel])

    return read


class TestRoomChat(ChatContract):
    """It is a chat."""
