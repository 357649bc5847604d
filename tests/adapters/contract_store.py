"""What every store promises. A store's test inherits `StoreContract` and gives it the fixtures `store` and `other`."""

import hashlib
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from opsctl.core.canonical import canonical
from opsctl.core.errors import Conflict, StoreUnusable
from opsctl.core.holder import Holder
from opsctl.core.journal import GENESIS, SITE_PUBLISHED
from opsctl.core.operation import Deadline, Operation, State
from opsctl.core.outbox import Posted
from opsctl.core.plan import Change, Plan, Rule
from opsctl.core.store import RecordKeys, RecordQuery
from opsctl.core.telling import deadline_facts, request_facts

AT = datetime(2026, 3, 4, 15, 23, 47, 123456, tzinfo=UTC)


def an_operation(name="op-aaaaaa", **changes):
    operation = Operation(
        id=name,
        command="/deploy order-service v2.4.1 production",
        person="@alice",
        origin="terminal",
        channel="#deployments",
        service="order-service",
        environment="production",
        state=State.REQUESTED,
        requested_at=AT,
        lock="order-service/production",
    )
    return replace(operation, **changes)


def a_record(**changes):
    return replace(RecordKeys(AT, "@alice", "order-service", "production", "failure"), **changes)


def requesting(*operations):
    """Work that asks for each of them."""

    def work(tx):
        for operation in operations:
            tx.append(operation.id, "requested", request_facts(operation))
            tx.insert(operation)
            tx.announce(operation.id, operation.channel, {})

    return work


def going(name, *states, **facts):
    """Work that takes an operation from its request to those states, one after the other; each tells the facts."""

    def work(tx):
        for state in states:
            now = tx.operation(name)
            tx.update(replace(now, state=state), now.state)
            tx.append(name, state.value, facts)
            tx.announce(name, now.channel, {})

    return work


def ending(name="op-aaaaaa", state=State.FAILED, **keys):
    """Work that carries an operation from its request to its end, as far as the store is concerned."""

    def work(tx):
        requesting(an_operation(name))(tx)
        going(name, state)(tx)
        tx.record(name, a_record(**keys))

    return work


class BrokenError(Exception):
    """What a work raises of its own."""


class StoreContract:
    @pytest.fixture
    def store(self):
        """A new store of the site "the-site"."""
        raise NotImplementedError

    @pytest.fixture
    def other(self, store):
        """The same store, opened once more."""
        raise NotImplementedError

    # who it is

    def test_it_knows_its_site_and_has_an_id_of_its_own(self, store, other):
        assert store.site_id == "the-site"
        assert store.id
        assert other.id == store.id

    # transactions

    def test_what_a_work_returns_is_returned_and_seen_by_everyone(self, store, other):
        assert store.write(lambda tx: tx.keep("x")) == hashlib.sha256(b"x").hexdigest()
        assert other.document(hashlib.sha256(b"x").hexdigest()) == "x"

    def test_what_a_work_raises_undoes_all_of_it(self, store):
        def work(tx):
            ending()(tx)
            tx.take("k", "op-aaaaaa", "me", 30)
            tx.append("op-aaaaaa", SITE_PUBLISHED, {"digest": tx.keep("{}")})
            tx.announce("op-aaaaaa", "#x", {})
            raise BrokenError

        with pytest.raises(BrokenError):
            store.write(work)
        assert store.operations() == []
        assert list(store.journal()) == []
        assert store.locks() == []
        assert store.published() is None
        assert store.outbox() == []
        assert store.records(RecordQuery()) == []

    def test_a_work_after_one_that_raised_is_not_touched_by_it(self, store):
        with pytest.raises(BrokenError):
            store.write(raising)
        assert store.write(lambda tx: tx.append("op-aaaaaa", "step", {})).seq == 1

    def test_threads_write_at_once_and_each_gets_its_own_result(self, store):
        results = {}
        run_at_once(32, lambda n: results.update({n: store.write(lambda tx: tx.append(f"op-{n}", "step", {"n": n}))}))
        assert {n: entry.operation for n, entry in results.items()} == {n: f"op-{n}" for n in range(32)}
        assert sorted(entry.seq for entry in results.values()) == list(range(1, 33))
        assert store.verify().faults == ()

    def test_of_works_that_are_committed_together_one_that_raises_undoes_only_its_own(self, store):
        raised = Counter()

        def write(n):
            def work(tx):
                tx.append(f"op-{n}", "step", {})
                if n % 3 == 0:
                    raise BrokenError
                return n

            try:
                assert store.write(work) == n
            except BrokenError:
                raised[n] += 1

        run_at_once(30, write)
        assert raised == Counter(range(0, 30, 3))
        assert sorted(e.operation for e in store.journal()) == sorted(f"op-{n}" for n in range(30) if n % 3)
        assert store.verify().faults == ()

    # the journal

    def test_entries_are_chained_and_numbered_from_one(self, store):
        first, second = store.write(
            lambda tx: (tx.append("op-a", "one", {"b": 1, "a": "ü"}), tx.append("op-a", "two", {}))
        )
        assert (first.seq, first.previous, first.body) == (1, GENESIS, '{"a":"ü","b":1}')
        assert (second.seq, second.previous) == (2, first.hash)
        assert first.is_whole
        assert second.is_whole
        assert list(store.journal()) == [first, second]

    def test_the_time_of_an_entry_is_utc_text_with_six_decimals(self, store):
        at = store.write(lambda tx: tx.append("op-a", "one", {})).at
        assert len(at) == len("2026-03-04T15:23:47.123456Z")
        assert at.endswith("Z")
        assert abs(datetime.fromisoformat(at) - datetime.now(UTC)) < timedelta(minutes=1)

    def test_entries_of_an_operation_are_its_own_and_in_order(self, store):
        store.write(lambda tx: [tx.append(name, kind, {}) for kind in "xyz" for name in ("op-a", "op-b")])
        assert [entry.kind for entry in store.entries("op-a")] == ["x", "y", "z"]
        assert [entry.seq for entry in store.entries("op-b", after=2)] == [4, 6]
        assert [entry.kind for entry in store.write(lambda tx: tx.entries("op-b"))] == ["x", "y", "z"]

    def test_the_newest_entry_is_known(self, store, other):
        assert store.newest_seq() == 0
        entry = store.write(lambda tx: tx.append("op-1", "kind", {}))
        assert other.newest_seq() == entry.seq

    def test_the_journal_is_read_from_anywhere_and_over_many_pages(self, store):
        store.write(lambda tx: [tx.append("op-a", "step", {}) for _ in range(2500)])
        assert [entry.seq for entry in store.journal(after=7)] == list(range(8, 2501))

    def test_secrets_are_masked_before_they_are_appended(self, store):
        body = {"error": "can't log in with password=hunter2", "token": "abc"}
        store.write(lambda tx: (tx.append("op-a", "failed", body), tx.announce("op-a", "#x", body)))
        assert next(store.journal()).facts == {"error": "can't log in with password=***", "token": "***"}
        assert store.outbox()[0].body == {"error": "can't log in with password=***", "token": "***"}

    @pytest.mark.parametrize(("operation", "kind"), [("op\na", "step"), ("op-a", "st\nep")])
    def test_columns_of_several_lines_are_refused(self, store, operation, kind):
        with pytest.raises(ValueError, match="single lines"):
            store.write(lambda tx: tx.append(operation, kind, {}))
        assert list(store.journal()) == []

    # operations

    def test_an_operation_reads_back_whole(self, store, other):
        rule = Rule("deploy", "production", approvals=1, roles=("lead",))
        plan = Plan(
            (Change("version", "v1", "v2"), Change("replicas", None, 3)), traits=("shrinks",), facts=(("a", "b"),)
        )
        plan = replace(plan, overrides="op-bbbbbb").under(rule, operation="op-aaaaaa", command="c", site="s")
        asked = an_operation(holder=str(Holder.me()), caused_by="op-cccccc")
        deadline = Deadline("mark", AT)
        store.write(requesting(asked))
        assert other.operation(asked.id) == asked
        store.write(going(asked.id, State.APPROVED, plan=plan.as_json(), **deadline_facts(deadline)))
        approved = replace(asked, state=State.APPROVED, plan=plan, overrides="op-bbbbbb", deadline=deadline)
        assert other.operation(asked.id) == approved
        assert other.operations() == [approved]
        store.write(going(asked.id, State.RUNNING, executed_by="@bob"))
        running = replace(approved, state=State.RUNNING, deadline=None, executed_by="@bob")
        assert store.write(lambda tx: tx.operation(asked.id)) == running

    def test_what_is_not_in_the_journal_is_nothing(self, store):
        """Neither a row nor what it is asked to hold makes an operation another one than its entries tell."""
        operation = an_operation()
        store.write(requesting(operation))
        mine = replace(operation, person="@bob", command="/deploy x y z", service="x")
        store.write(lambda tx: tx.update(mine, State.REQUESTED))
        found = store.operation(operation.id)
        assert replace(found, altered="") == operation
        assert found.altered == "requested in x/production"
        store.write(lambda tx: tx.update(operation, State.REQUESTED))
        assert store.operation(operation.id) == operation

    def test_who_serves_an_operation_changes_without_an_entry(self, store):
        operation = an_operation()
        store.write(requesting(operation))
        store.write(lambda tx: tx.update(replace(operation, holder="another"), State.REQUESTED))
        assert store.operation(operation.id) == replace(operation, holder="another")

    def test_a_state_that_no_arrow_leads_to_is_not_believed(self, store):
        store.write(ending("op-a"))
        store.write(lambda tx: tx.append("op-a", State.APPROVED, {}))
        with pytest.raises(StoreUnusable, match="makes it approved, but it is failed"):
            store.operation("op-a")

    def test_what_is_read_while_others_write_is_of_one_moment(self, store, other):
        names = [f"op-{number:06}" for number in range(40)]
        store.write(requesting(*(an_operation(name) for name in names)))

        def fail_all():
            for name in names:
                other.write(going(name, State.FAILED))

        writer = threading.Thread(target=fail_all)
        writer.start()
        told = []
        while writer.is_alive():
            told += [store.operation(names[-1]).altered, *(one.altered for one in store.operations(limit=None))]
        writer.join()
        assert set(told) == {""}

    def test_an_operation_without_service_and_environment_reads_back_whole(self, store):
        operation = an_operation(service=None, environment=None)
        store.write(requesting(operation))
        assert store.operation(operation.id) == operation

    def test_an_unknown_operation_is_none(self, store):
        assert store.operation("op-x") is None
        assert store.entries("op-x") == []

    def test_an_id_is_given_once(self, store):
        store.write(requesting(an_operation()))
        with pytest.raises(Conflict):
            store.write(requesting(an_operation(person="@bob")))
        assert store.operation("op-aaaaaa").person == "@alice"

    def test_a_step_is_taken_only_from_the_state_that_was_seen(self, store):
        store.write(requesting(an_operation()))
        store.write(going("op-aaaaaa", State.APPROVED))
        with pytest.raises(Conflict) as conflict:
            store.write(lambda tx: tx.update(an_operation(state=State.DENIED), State.REQUESTED))
        assert conflict.value.reason == "approved"
        assert len(conflict.value.lines) == 3
        assert store.operation("op-aaaaaa") == an_operation(state=State.APPROVED)

    def test_an_operation_that_is_not_there_takes_no_step(self, store):
        with pytest.raises(Conflict):
            store.write(lambda tx: tx.update(an_operation(), State.REQUESTED))

    def test_operations_are_listed_newest_request_first_whatever_the_clock_said(self, store):
        store.write(
            requesting(
                an_operation("op-1"),
                an_operation("op-3", environment="staging", requested_at=AT + timedelta(days=2000)),
                an_operation("op-4", service="payment-service"),
                an_operation("op-2", requested_at=AT - timedelta(days=2)),
            )
        )
        store.write(going("op-2", State.APPROVED, State.RUNNING))
        store.write(going("op-4", State.APPROVED))

        def ids(**query):
            return [operation.id for operation in store.operations(**query)]

        assert ids() == ["op-2", "op-4", "op-3", "op-1"]
        assert ids(limit=2) == ["op-2", "op-4"]
        assert ids(limit=None) == ids()
        assert ids(states=[State.RUNNING, State.APPROVED]) == ["op-2", "op-4"]
        assert ids(service="order-service") == ["op-2", "op-3", "op-1"]
        assert ids(service="order-service", environment="staging") == ["op-3"]
        assert ids(states={State.REQUESTED}, environment="production") == ["op-1"]

    # locks and time

    def test_a_lock_is_held_until_it_is_released(self, store, other):
        store.write(lambda tx: tx.take("a/b", "op-1", "me", 30))
        (lock,) = other.locks()
        assert (lock.key, lock.operation, lock.holder, lock.is_over) == ("a/b", "op-1", "me", False)
        assert store.write(lambda tx: tx.lock("a/b")) == lock
        store.write(lambda tx: tx.release("a/b", "op-1"))
        assert other.locks() == []
        assert store.write(lambda tx: tx.lock("a/b")) is None

    def test_a_held_lock_is_not_taken_by_another_operation_or_holder(self, store):
        store.write(lambda tx: tx.take("a/b", "op-1", "me", 30))
        for operation, holder in (("op-2", "me"), ("op-1", "you")):
            with pytest.raises(Conflict) as conflict:
                store.write(lambda tx, o=operation, h=holder: tx.take("a/b", o, h, 30))
            assert conflict.value.reason == "locked"

    def test_a_lock_that_is_over_is_not_taken_silently_either(self, store):
        store.write(lambda tx: tx.take("a/b", "op-1", "me", -1))
        assert store.locks()[0].is_over
        with pytest.raises(Conflict):
            store.write(lambda tx: tx.take("a/b", "op-2", "you", 30))

    def test_the_lease_is_renewed_by_who_holds_it(self, store):
        store.write(lambda tx: tx.take("a/b", "op-1", "me", -1))
        store.write(lambda tx: tx.take("a/b", "op-1", "me", 30))
        assert not store.locks()[0].is_over

    def test_only_the_operation_that_holds_a_lock_releases_it(self, store):
        store.write(lambda tx: tx.take("a/b", "op-1", "me", 30))
        store.write(lambda tx: tx.release("a/b", "op-2"))
        assert len(store.locks()) == 1

    def test_a_lock_of_a_process_that_is_known_dead_is_over_at_once(self, store):
        dead = replace(Holder.me(), started=Holder.me().started + 1)
        store.write(lambda tx: tx.take("a/b", "op-1", str(dead), 30))
        store.write(lambda tx: tx.take("a/c", "op-2", str(Holder.me()), 30))
        assert [lock.is_over for lock in store.locks()] == [True, False]

    def test_a_deadline_passes_when_its_time_has_come(self, store):
        def work(tx):
            return tx.has_passed(tx.deadline(-1)), tx.has_passed(tx.deadline(30)), tx.deadline(30).at - tx.now

        past, future, distance = store.write(work)
        assert past
        assert not future
        assert timedelta(seconds=29) < distance < timedelta(seconds=31)

    # outbox, records, published site, documents

    def test_the_outbox_is_in_order_and_tied_to_the_journal(self, store):
        def work(tx):
            for n in range(3):
                tx.append("op-1", "step", {"n": n})
                tx.announce("op-1", "#deployments", {"n": n})

        store.write(work)
        items = store.outbox(limit=2)
        assert [(item.seq, item.operation, item.target, item.channel, item.body) for item in items] == [
            (1, "op-1", "chat", "#deployments", {"n": 0}),
            (2, "op-1", "chat", "#deployments", {"n": 1}),
        ]
        assert items[0].id < items[1].id
        assert items[0].at <= items[1].at

    def test_the_outbox_of_one_operation_is_its_own(self, store):
        self.put_out(store, "op-1", "op-2", "op-1")
        assert [item.operation for item in store.outbox("op-1")] == ["op-1", "op-1"]

    def test_what_was_taken_is_not_in_the_outbox_any_more(self, store, other):
        self.put_out(store, "op-1", "op-2")
        first, second = store.outbox()
        store.write(lambda tx: tx.taken([first.id]))
        assert other.outbox() == [second]

    def test_what_was_refused_waits_and_says_why(self, store):
        self.put_out(store, "op-1")
        (item,) = store.outbox()
        store.write(lambda tx: tx.refused([item.id], "the channel is archived"))
        assert [one.trouble for one in store.outbox()] == ["the channel is archived"]

    def test_what_stands_in_the_chat_is_noted_by_key_and_replaced(self, store, other):
        store.write(lambda tx: tx.posted("op-1", "main", Posted("#ops", "7", "aa")))
        store.write(lambda tx: tx.posted("op-1", "main", Posted("#ops", "7", "bb")))
        store.write(lambda tx: tx.posted("op-2", "main", Posted("#ops", "8", "cc")))
        assert other.posts("op-1") == {"main": Posted("#ops", "7", "bb")}
        assert other.post_called("7") == ("op-1", "main")
        assert other.post_called("9") is None
        assert other.post_called("") is None

    @staticmethod
    def put_out(store, *operations):
        def work(tx):
            for operation in operations:
                tx.append(operation, "step", {})
                tx.announce(operation, "#ops", {})

        store.write(work)

    def test_records_are_found_by_each_key_and_by_all_of_them(self, store):
        def work(tx):
            for n in range(1, 5):
                tx.append(f"op-{n}", "answered", {})
            tx.record("op-1", a_record())
            tx.record("op-2", a_record(at=AT + timedelta(hours=1), person="@bob", result="denied"))
            tx.record("op-3", a_record(at=AT + timedelta(hours=2), service="payment-service"))
            tx.record("op-4", a_record(at=AT + timedelta(hours=3), service=None, environment=None))

        store.write(work)
        assert store.records(RecordQuery()) == ["op-4", "op-3", "op-2", "op-1"]
        assert store.records(RecordQuery(limit=1)) == ["op-4"]
        assert store.records(RecordQuery(service="order-service")) == ["op-2", "op-1"]
        assert store.records(RecordQuery(environment="production", person="@alice")) == ["op-3", "op-1"]
        assert store.records(RecordQuery(result="denied")) == ["op-2"]
        hour = timedelta(hours=1)
        assert store.records(RecordQuery(since=AT + hour, until=AT + 2 * hour)) == ["op-2"]
        assert store.records(RecordQuery(service="order-service", since=AT + hour)) == ["op-2"]

    def test_a_clock_that_was_wrong_puts_no_record_at_the_head_for_good(self, store):
        def work(tx):
            for name, days in (("op-1", 0), ("op-2", 5 * 365), ("op-3", -2), ("op-4", 1)):
                tx.append(name, "answered", {})
                tx.record(name, a_record(at=AT + timedelta(days=days)))

        store.write(work)
        assert store.records(RecordQuery()) == ["op-4", "op-3", "op-2", "op-1"]
        assert store.records(RecordQuery(service="order-service", limit=2)) == ["op-4", "op-3"]
        assert store.records(RecordQuery(since=AT)) == ["op-4", "op-2", "op-1"]

    def test_an_operation_has_one_record(self, store):
        store.write(lambda tx: (tx.append("op-1", "answered", {}), tx.record("op-1", a_record())))
        with pytest.raises(Conflict):
            store.write(lambda tx: tx.record("op-1", a_record(result="failure")))

    def test_the_site_that_was_published_last_counts(self, store, other):
        assert store.published() is None
        for text in ('{"v":1}', '{"v":2}'):
            store.write(lambda tx, text=text: tx.append("op-1", SITE_PUBLISHED, {"digest": tx.keep(text)}))
        assert other.published() == '{"v":2}'

    def test_a_site_that_was_only_handed_in_is_not_published(self, store):
        store.write(lambda tx: tx.keep('{"v":1}'))
        assert store.published() is None

    def test_a_published_site_whose_text_is_gone_is_an_error_and_not_a_first_time(self, store):
        store.write(lambda tx: tx.append("op-1", SITE_PUBLISHED, {"digest": "0" * 64}))
        with pytest.raises(StoreUnusable, match="is gone"):
            store.published()

    def test_a_document_is_kept_once_under_its_digest(self, store):
        first = store.write(lambda tx: tx.keep("ünï"))
        assert store.write(lambda tx: tx.keep("ünï")) == first
        assert store.document(first) == "ünï"
        assert store.document("0" * 64) is None

    # the proof

    def test_an_empty_store_verifies(self, store):
        found = store.verify()
        assert (found.entries, found.head_seq, found.head_hash, found.faults) == (0, 0, GENESIS, ())

    def test_what_was_written_by_its_rules_verifies(self, store):
        site = canonical({"id": "the-site"})
        store.write(ending("op-1"))
        store.write(ending("op-2", State.DENIED, result="denied"))
        store.write(requesting(an_operation("op-3", service=None)))
        store.write(going("op-3", State.APPROVED, State.RUNNING))
        store.write(lambda tx: tx.append("op-2", SITE_PUBLISHED, {"digest": tx.keep(site)}))
        store.write(
            lambda tx: (
                tx.append("op-4", "answered", {"result": "denied"}),
                tx.record("op-4", a_record(result="denied")),
            )
        )
        found = store.verify()
        head = list(store.journal())[-1]
        assert (found.entries, found.head_seq, found.head_hash, found.faults) == (9, 9, head.hash, ())

    def test_an_operation_whose_state_is_not_what_the_journal_says_is_a_fault(self, store):
        store.write(ending("op-1"))
        store.write(requesting(an_operation("op-2")))
        store.write(lambda tx: tx.update(an_operation("op-2", state=State.APPROVED), State.REQUESTED))
        assert "op-2" in only_fault(store)

    def test_an_operation_that_is_found_elsewhere_than_its_journal_says_is_a_fault(self, store):
        store.write(requesting(an_operation("op-1")))
        store.write(lambda tx: tx.update(an_operation("op-1", environment="staging"), State.REQUESTED))
        assert "staging" in only_fault(store)

    def test_a_requested_operation_without_a_row_is_a_fault(self, store):
        operation = an_operation("op-1")
        store.write(
            lambda tx: (
                tx.append("op-1", "requested", request_facts(operation)),
                tx.announce("op-1", operation.channel, {}),
            )
        )
        assert "op-1" in only_fault(store)

    def test_a_state_that_nobody_is_told_of_is_a_fault(self, store):
        store.write(requesting(an_operation("op-1")))
        store.write(lambda tx: tx.append("op-1", State.APPROVED.value, {}))
        store.write(lambda tx: tx.update(an_operation("op-1", state=State.APPROVED), State.APPROVED))
        assert "told" in only_fault(store)

    def test_an_end_that_is_not_among_the_records_is_a_fault(self, store):
        store.write(lambda tx: tx.append("op-1", "answered", {}))
        assert "op-1" in only_fault(store)

    def test_a_record_of_what_did_not_end_is_a_fault(self, store):
        store.write(lambda tx: (tx.append("op-1", "step", {}), tx.record("op-1", a_record())))
        assert "op-1" in only_fault(store)

    def test_a_record_that_says_other_than_the_journal_is_a_fault(self, store):
        store.write(ending("op-1", person="@mallory"))
        assert "@mallory" in only_fault(store)

    def test_a_published_site_whose_text_is_not_there_is_a_fault(self, store):
        store.write(lambda tx: tx.append("op-1", SITE_PUBLISHED, {"digest": "0" * 64}))
        assert "published a site whose text is not in the store" in only_fault(store)

    def test_a_published_site_with_the_id_of_another_site_than_the_stores_is_a_fault(self, store):
        store.write(lambda tx: tx.append("op-1", SITE_PUBLISHED, {"digest": tx.keep('{"id":"other"}')}))
        assert "other" in only_fault(store)


def raising(tx):
    tx.append("op-aaaaaa", "step", {})
    raise BrokenError


def only_fault(store):
    (fault,) = store.verify().faults
    return fault.what


def run_at_once(count, run):
    barrier = threading.Barrier(count)

    def one(n):
        barrier.wait()
        run(n)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
