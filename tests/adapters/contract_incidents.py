"""What every store promises about incidents. `IncidentContract` is part of a store's test."""

from contextlib import suppress

from opsctl.core.incident import OPENED, RESOLVED, UPDATED


def telling(number, kind, channel="#inc-1", operation="op-aaaaaa"):
    def work(tx):
        entry = tx.append(operation, kind, {"incident": f"inc-{number}", "channel": channel})
        tx.incidents.add(number, channel, entry)
        return entry

    return work


class IncidentContract:
    """Mixed into a test class that has the fixtures `store` and `other`."""

    def test_incidents_are_counted_from_one(self, store):
        assert store.write(lambda tx: tx.incidents.next_number()) == 1
        store.write(telling(1, OPENED))
        assert store.write(lambda tx: tx.incidents.next_number()) == 2

    def test_the_entries_of_an_incident_are_found_whatever_their_operation(self, store, other):
        opened = store.write(telling(1, OPENED))
        store.write(telling(2, OPENED, "#inc-2"))
        updated = store.write(telling(1, UPDATED, operation="op-bbbbbb"))
        assert other.incidents.entries(1) == (opened, updated)
        assert other.incidents.entries(3) == ()
        assert store.write(lambda tx: tx.incidents.entries(1)) == (opened, updated)

    def test_what_is_not_resolved_is_open_oldest_first(self, store):
        for number in (1, 2, 3):
            store.write(telling(number, OPENED, f"#inc-{number}"))
        store.write(telling(2, RESOLVED, "#inc-2"))
        assert store.incidents.open() == [1, 3]

    def test_the_newest_come_first_and_no_more_than_are_asked_for(self, store):
        for number in (1, 2, 3):
            store.write(telling(number, OPENED, f"#inc-{number}"))
        assert store.incidents.newest(2) == [3, 2]

    def test_an_incident_is_found_by_its_channel(self, store):
        store.write(telling(1, OPENED))
        assert store.incidents.in_channel("#inc-1") == 1
        assert store.incidents.in_channel("#ops") is None
        assert store.write(lambda tx: tx.incidents.in_channel("#inc-1")) == 1

    def test_what_is_undone_is_not_listed(self, store):
        def work(tx):
            telling(1, OPENED)(tx)
            raise RuntimeError

        with suppress(RuntimeError):
            store.write(work)
        assert store.incidents.newest(9) == []
