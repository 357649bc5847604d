"""The pager that calls in the room."""

import pytest
from tests.adapters.contract_pager import PAGE, PagerContract

from opsctl.adapters.chats.room import RoomChat
from opsctl.adapters.pagers.room import RoomPager
from opsctl.adapters.stores.sqlite.store import SqliteStore


@pytest.fixture
def store(tmp_path):
    store = SqliteStore.create(tmp_path / "site" / "store.db", "the-site")
    yield store
    store.close()


class TestRoomPager(PagerContract):
    @pytest.fixture
    def pager(self, store):
        return RoomPager(RoomChat(store))

    @pytest.fixture
    def calls(self, store):
        return lambda: [(one.post.calls, one.post.text) for one in store.room.messages("#ops", "@erin")]

    def test_it_says_where_the_team_is_needed(self, pager, calls):
        pager.page(PAGE)
        assert calls()[0][1] == "📟 SEV-1: Payments fail\npayment-team is needed in #inc-20260304-payment."
