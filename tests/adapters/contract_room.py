"""What every store promises about the room and about deliveries. `RoomContract` is part of a store's test."""

import threading

from opsctl.core.post import Action, Button, Post
from opsctl.core.room import OPSCTL

WORDS = Post("hello")


def posting(channel="#ops", author="@alice", post=WORDS, **more):
    return lambda tx: tx.room.post(channel, author, post, **more)


class RoomContract:
    """Mixed into a test class that has the fixtures `store` and `other`."""

    # messages

    def test_a_message_reads_back_whole(self, store, other):
        post = Post("x", "a\n b", ("@bob",), (Button("Approve", Action.APPROVE, "op-1", "3f9a"),))
        message = store.write(posting(post=post, author=OPSCTL, key="op-1/main"))
        found = other.room.message(message)
        assert (found.post, found.author, found.channel, found.key) == (post, OPSCTL, "#ops", "op-1/main")
        assert (found.thread, found.audience, found.edited_at, found.replies, found.reactions) == (0, "", None, 0, ())

    def test_messages_are_read_oldest_first_from_the_newest_back(self, store):
        ids = [store.write(posting(post=Post(str(n)))) for n in range(5)]
        newest = store.room.messages("#ops", "@alice", limit=2)
        assert [one.id for one in newest] == ids[3:]
        assert [one.id for one in store.room.messages("#ops", "@alice", before=newest[0].id, limit=2)] == ids[1:3]

    def test_a_message_with_the_same_key_is_the_same_message(self, store):
        first = store.write(posting(key="op-1/main"))
        assert store.write(posting(key="op-1/main", post=Post("again"))) == first
        assert [one.post for one in store.room.messages("#ops", "@alice")] == [WORDS]

    def test_a_thread_is_read_apart_and_counted(self, store):
        top = store.write(posting())
        reply = store.write(posting(thread=top))
        assert [(one.id, one.replies) for one in store.room.messages("#ops", "@alice")] == [(top, 1)]
        assert [one.id for one in store.room.messages("#ops", "@alice", thread=top)] == [reply]

    def test_a_private_word_is_seen_by_one_person_alone(self, store):
        store.write(posting(author=OPSCTL, audience="@alice"))
        assert len(store.room.messages("#ops", "@alice")) == 1
        assert store.room.messages("#ops", "@bob") == []

    def test_an_edit_replaces_the_content(self, store):
        message = store.write(posting())
        store.write(lambda tx: tx.room.edit(message, Post("better")))
        found = store.room.message(message)
        assert found.post == Post("better")
        assert found.edited_at is not None

    def test_secrets_in_a_message_are_masked(self, store):
        message = store.write(posting(post=Post("password=hunter22")))
        assert store.room.message(message).post.text == "password=***"

    def test_an_unknown_message_is_none(self, store):
        assert store.room.message(4711) is None

    # reactions

    def test_reactions_are_told_by_emoji_and_person_in_order(self, store):
        message = store.write(posting())
        for person, emoji in (("@bob", "✅"), ("@carol", "❌"), ("@alice", "✅")):
            assert store.write(lambda tx, who=person, what=emoji: tx.room.react(message, who, what))
        assert store.room.message(message).reactions == (("✅", ("@bob", "@alice")), ("❌", ("@carol",)))

    def test_a_reaction_counts_once_and_can_be_taken_back_once(self, store):
        message = store.write(posting())
        assert store.write(lambda tx: tx.room.react(message, "@bob", "✅"))
        assert not store.write(lambda tx: tx.room.react(message, "@bob", "✅"))
        assert store.write(lambda tx: tx.room.take_back(message, "@bob", "✅"))
        assert not store.write(lambda tx: tx.room.take_back(message, "@bob", "✅"))
        assert store.room.message(message).reactions == ()

    # what changed

    def test_everything_that_happens_to_a_message_is_a_change_that_others_hear_of(self, store, other):
        message = store.write(posting())
        for work in (
            lambda tx: tx.room.edit(message, Post("better")),
            lambda tx: tx.room.react(message, "@bob", "✅"),
            lambda tx: tx.room.take_back(message, "@bob", "✅"),
        ):
            before = store.room.newest_change()
            store.write(work)
            assert [one.id for one in other.room.changes(before)] == [message]
        assert other.room.changes(other.room.newest_change()) == []

    def test_a_reply_changes_its_thread_too(self, store):
        top = store.write(posting())
        before = store.room.newest_change()
        reply = store.write(posting(thread=top))
        assert [one.id for one in store.room.changes(before)] == [reply, top]

    def test_changes_of_many_at_once_are_all_told(self, store):
        threads = [threading.Thread(target=store.write, args=(posting(),)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({one.change for one in store.room.changes(0)}) == 20

    # channels

    def test_channels_come_into_being_when_they_are_opened_or_spoken_in(self, store):
        assert store.write(lambda tx: tx.room.open_channel("#inc-20260304-payment", "Payments fail"))
        assert not store.write(lambda tx: tx.room.open_channel("#inc-20260304-payment", "Payments fail again"))
        message = store.write(posting())
        found = [(one.name, one.topic, one.newest) for one in store.room.channels()]
        assert found == [("#inc-20260304-payment", "Payments fail again", 0), ("#ops", "", message)]

    # signing in

    def test_a_key_signs_in_once(self, store, other):
        store.write(lambda tx: tx.room.hand_out("key", "@bob", 60))
        assert other.write(lambda tx: tx.room.sign_in("key", "session", 60)) == "@bob"
        assert other.write(lambda tx: tx.room.sign_in("key", "session-2", 60)) is None
        assert store.room.session("session") == "@bob"
        assert store.room.session("session-2") is None

    def test_a_key_or_a_session_that_is_over_counts_for_nothing(self, store):
        store.write(lambda tx: tx.room.hand_out("old", "@bob", -1))
        assert store.write(lambda tx: tx.room.sign_in("old", "session", 60)) is None
        store.write(lambda tx: tx.room.hand_out("key", "@bob", 60))
        store.write(lambda tx: tx.room.sign_in("key", "short", -1))
        assert store.room.session("short") is None

    def test_a_key_is_no_session_and_a_session_no_key(self, store):
        store.write(lambda tx: tx.room.hand_out("key", "@bob", 60))
        assert store.room.session("key") is None
        store.write(lambda tx: tx.room.sign_in("key", "session", 60))
        assert store.write(lambda tx: tx.room.sign_in("session", "other", 60)) is None

    def test_signing_out_ends_the_session(self, store):
        store.write(lambda tx: tx.room.hand_out("key", "@bob", 60))
        store.write(lambda tx: tx.room.sign_in("key", "session", 60))
        store.write(lambda tx: tx.room.sign_out("session"))
        assert store.room.session("session") is None

    # deliveries

    def test_a_delivery_is_stored_raw_and_once(self, store, other):
        assert store.write(lambda tx: tx.deliveries.receive("slack", "Ev1", '{"a":  1}'))
        assert not other.write(lambda tx: tx.deliveries.receive("slack", "Ev1", '{"a":  1}'))
        assert other.write(lambda tx: tx.deliveries.receive("discord", "Ev1", "x"))
        assert [(one.platform, one.id, one.body) for one in store.deliveries.open()] == [
            ("slack", "Ev1", '{"a":  1}'),
            ("discord", "Ev1", "x"),
        ]

    def test_a_delivery_is_taken_by_one_and_keeps_its_first_request(self, store, other):
        store.write(lambda tx: tx.deliveries.receive("room", "1", "x"))
        (seen,) = store.deliveries.open()
        taken = store.write(lambda tx: tx.deliveries.take(seen, "here", "op-first1"))
        assert (taken.holder, taken.request) == ("here", "op-first1")
        assert other.write(lambda tx: tx.deliveries.take(seen, "there", "op-other1")) is None
        again = other.write(lambda tx: tx.deliveries.take(taken, "there", "op-other1"))
        assert (again.holder, again.request) == ("there", "op-first1")

    def test_a_delivery_that_is_dealt_with_is_never_taken_again(self, store):
        store.write(lambda tx: tx.deliveries.receive("room", "1", "x"))
        (seen,) = store.deliveries.open()
        store.write(lambda tx: tx.deliveries.done(seen.number))
        assert store.deliveries.open() == []
        assert store.write(lambda tx: tx.deliveries.take(seen, "here", "op-1")) is None
        assert not store.write(lambda tx: tx.deliveries.receive("room", "1", "x"))

    def test_a_delivery_that_is_forgotten_was_never_there(self, store):
        store.write(lambda tx: tx.deliveries.receive("probe", "1", "x"))
        (seen,) = store.deliveries.open()
        store.write(lambda tx: tx.deliveries.forget(seen.number))
        assert store.deliveries.open() == []
        assert store.write(lambda tx: tx.deliveries.receive("probe", "1", "x"))
