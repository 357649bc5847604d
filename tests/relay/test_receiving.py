"""What comes in together is stored in one commit; what is wrong with one is its own."""

import asyncio

import pytest
from tests.core.team import Colleagues

from opsctl.core.errors import Conflict
from opsctl.core.store import Transaction
from opsctl.relay.receiving import Receiver


def test_what_comes_together_is_stored_and_each_gets_its_own_answer(team: Colleagues) -> None:
    async def all_at_once() -> list[bool]:
        receiver = Receiver(team.store)
        works = [lambda tx, n=n: tx.deliveries.receive("room", str(n % 50), "{}") for n in range(100)]
        return await asyncio.gather(*(receiver.write(work) for work in works))

    assert asyncio.run(all_at_once()) == [True] * 50 + [False] * 50
    assert len(team.store.deliveries.open(200)) == 50


def test_one_that_raises_undoes_itself_alone(team: Colleagues) -> None:
    def refused(tx: Transaction) -> bool:
        tx.deliveries.receive("room", "refused", "{}")
        raise Conflict("no")

    async def all_at_once() -> list[object]:
        receiver = Receiver(team.store)
        good = [receiver.write(lambda tx, n=n: tx.deliveries.receive("room", str(n), "{}")) for n in range(3)]
        return await asyncio.gather(*good, receiver.write(refused), return_exceptions=True)

    found = asyncio.run(all_at_once())
    assert found[:3] == [True, True, True]
    assert isinstance(found[3], Conflict)
    assert {one.id for one in team.store.deliveries.open()} == {"0", "1", "2"}


def test_who_hangs_up_leaves_what_was_sent_stored(team: Colleagues) -> None:
    async def hang_up() -> None:
        receiver = Receiver(team.store)
        first = asyncio.ensure_future(receiver.write(lambda tx: tx.deliveries.receive("room", "1", "{}")))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert await receiver.write(lambda tx: tx.deliveries.receive("room", "2", "{}"))

    asyncio.run(hang_up())
    assert {one.id for one in team.store.deliveries.open()} == {"1", "2"}
