"""The tables, as forward migrations. A migration that was shipped is never edited; a change is a new one at the end.

PostgreSQL's schema has what they come to: a change here is a change there. Times are text in the form of
`opsctl.core.journal.timestamp`.
"""

import sqlite3

from opsctl.adapters.stores.sql.meta import is_newest, version_of, write_meta

_FIRST = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE journal (
        seq INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        operation TEXT NOT NULL,
        kind TEXT NOT NULL,
        body TEXT NOT NULL,
        previous TEXT NOT NULL,
        hash TEXT NOT NULL
    )""",
    # With kind, so that the last state of every operation is read from the index alone.
    "CREATE INDEX journal_by_operation ON journal (operation, seq, kind)",
    """CREATE TRIGGER journal_is_not_updated BEFORE UPDATE ON journal
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""",
    """CREATE TRIGGER journal_is_not_deleted BEFORE DELETE ON journal
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""",
    # Fires before a conflict is resolved, so INSERT OR REPLACE never gets to replace. The table has no other
    # unique column on purpose: one would be a way to replace a row.
    """CREATE TRIGGER journal_is_appended BEFORE INSERT ON journal
        WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM journal)
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""",
    """CREATE TABLE operations (
        id TEXT PRIMARY KEY,
        command TEXT NOT NULL,
        person TEXT NOT NULL,
        origin TEXT NOT NULL,
        channel TEXT NOT NULL,
        service TEXT,
        environment TEXT,
        state TEXT NOT NULL,
        requested_at TEXT NOT NULL,
        holder TEXT NOT NULL,
        plan TEXT,
        deadline_mark TEXT,
        deadline_at TEXT,
        executed_by TEXT,
        overrides TEXT,
        caused_by TEXT
    )""",
    "CREATE INDEX operations_by_time ON operations (requested_at, id)",
    "CREATE INDEX operations_by_state ON operations (state, requested_at, id)",
    "CREATE INDEX operations_by_target ON operations (service, environment, requested_at, id)",
    """CREATE TABLE locks (
        key TEXT PRIMARY KEY,
        operation TEXT NOT NULL,
        holder TEXT NOT NULL,
        lease_mark TEXT NOT NULL,
        lease_at TEXT NOT NULL
    )""",
    """CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        seq INTEGER NOT NULL REFERENCES journal (seq),
        operation TEXT NOT NULL,
        channel TEXT NOT NULL,
        body TEXT NOT NULL,
        at TEXT NOT NULL,
        taken_at TEXT
    )""",
    "CREATE INDEX outbox_to_take ON outbox (id) WHERE taken_at IS NULL",
    """CREATE TABLE records (
        operation TEXT PRIMARY KEY,
        at TEXT NOT NULL,
        person TEXT NOT NULL,
        service TEXT,
        environment TEXT,
        result TEXT NOT NULL
    )""",
    "CREATE INDEX records_by_time ON records (at, operation)",
    "CREATE INDEX records_by_service ON records (service, at, operation)",
    "CREATE INDEX records_by_environment ON records (environment, at, operation)",
    "CREATE INDEX records_by_person ON records (person, at, operation)",
    "CREATE INDEX records_by_result ON records (result, at, operation)",
    """CREATE TABLE site (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        text TEXT NOT NULL,
        at TEXT NOT NULL
    )""",
    "CREATE TABLE documents (digest TEXT PRIMARY KEY, text TEXT NOT NULL)",
)

_CHAT = (
    "ALTER TABLE outbox ADD COLUMN target TEXT NOT NULL DEFAULT 'chat'",
    "ALTER TABLE outbox ADD COLUMN trouble TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX outbox_by_operation ON outbox (operation, id) WHERE taken_at IS NULL",
    """CREATE TABLE posts (
        operation TEXT NOT NULL,
        key TEXT NOT NULL,
        channel TEXT NOT NULL,
        message TEXT NOT NULL,
        digest TEXT NOT NULL,
        PRIMARY KEY (operation, key)
    )""",
    "CREATE TABLE room_channels (name TEXT PRIMARY KEY, topic TEXT NOT NULL, at TEXT NOT NULL)",
    """CREATE TABLE room_messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        channel TEXT NOT NULL,
        thread INTEGER NOT NULL,
        author TEXT NOT NULL,
        at TEXT NOT NULL,
        post TEXT NOT NULL,
        key TEXT UNIQUE,
        audience TEXT NOT NULL,
        edited_at TEXT,
        change INTEGER NOT NULL
    )""",
    "CREATE INDEX room_by_channel ON room_messages (channel, thread, id)",
    "CREATE UNIQUE INDEX room_by_change ON room_messages (change)",
    """CREATE TABLE room_reactions (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        message INTEGER NOT NULL REFERENCES room_messages (id),
        person TEXT NOT NULL,
        emoji TEXT NOT NULL,
        UNIQUE (message, person, emoji)
    )""",
    """CREATE TABLE room_keys (
        digest TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        person TEXT NOT NULL,
        until_mark TEXT NOT NULL,
        until_at TEXT NOT NULL
    )""",
    """CREATE TABLE deliveries (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        platform TEXT NOT NULL,
        id TEXT NOT NULL,
        body TEXT NOT NULL,
        at TEXT NOT NULL,
        request TEXT NOT NULL DEFAULT '',
        holder TEXT NOT NULL DEFAULT '',
        done_at TEXT,
        UNIQUE (platform, id)
    )""",
    "CREATE INDEX deliveries_to_take ON deliveries (number) WHERE done_at IS NULL",
)

_INCIDENTS = (
    "ALTER TABLE operations ADD COLUMN lock TEXT NOT NULL DEFAULT ''",
    "UPDATE operations SET lock = coalesce(service, '') || '/' || coalesce(environment, '')",
    # Which journal entries tell about an incident, and the channel that it is talked about in.
    """CREATE TABLE incidents (
        seq INTEGER PRIMARY KEY REFERENCES journal (seq),
        number INTEGER NOT NULL,
        kind TEXT NOT NULL,
        channel TEXT NOT NULL
    )""",
    "CREATE INDEX incidents_by_number ON incidents (number, kind)",
    "CREATE INDEX incidents_by_kind ON incidents (kind, number)",
    "CREATE INDEX incidents_by_channel ON incidents (channel, number)",
)

# What the journal tells is asked from it; the tables only find it. What was in the columns that go is in its entries.
_JOURNAL_DECIDES = (
    "CREATE INDEX journal_by_publishing ON journal (seq) WHERE kind = 'site_published'",
    "DROP TABLE site",
    "DELETE FROM meta WHERE key = 'demo'",
    "ALTER TABLE operations RENAME TO old_operations",
    """CREATE TABLE operations (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        state TEXT NOT NULL,
        service TEXT,
        environment TEXT,
        holder TEXT NOT NULL
    )""",
    """INSERT INTO operations
        SELECT min(journal.seq), id, state, service, environment, holder
        FROM old_operations JOIN journal ON journal.operation = id GROUP BY id""",
    "DROP TABLE old_operations",
    # An index ends with the primary key: within one state or place, they are in the order of their requests.
    "CREATE INDEX operations_by_state ON operations (state)",
    "CREATE INDEX operations_by_target ON operations (service, environment)",
    "ALTER TABLE records RENAME TO old_records",
    """CREATE TABLE records (
        seq INTEGER PRIMARY KEY,
        operation TEXT NOT NULL UNIQUE,
        at TEXT NOT NULL,
        person TEXT NOT NULL,
        service TEXT,
        environment TEXT,
        result TEXT NOT NULL
    )""",
    """INSERT INTO records
        SELECT min(journal.seq), records.operation, records.at, person, service, environment, result
        FROM old_records AS records JOIN journal ON journal.operation = records.operation GROUP BY records.operation""",
    "DROP TABLE old_records",
    "CREATE INDEX records_by_time ON records (at)",
    *(
        f"CREATE INDEX records_by_{column}{name} ON records ({column}{more})"
        for column in ("service", "environment", "person", "result")
        for name, more in (("", ""), ("_and_time", ", at"))
    ),
)

_PLATFORMS = ("CREATE INDEX posts_by_message ON posts (message)",)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST, _CHAT, _INCIDENTS, _JOURNAL_DECIDES, _PLATFORMS)
"""Version n of the schema is what the first n of these make."""


def migrate(connection: sqlite3.Connection, path: object) -> None:
    """Bring the schema to the newest version, all of it or nothing; others wait meanwhile."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = version_of(read_meta(connection))
        # Another process may have migrated while this one waited.
        if not is_newest(version, len(MIGRATIONS), path):
            for statements in MIGRATIONS[version:]:
                for statement in statements:
                    connection.execute(statement)
            write_meta(connection, "schema", str(len(MIGRATIONS)))
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def read_meta(connection: sqlite3.Connection) -> dict[str, str]:
    """What the store says about itself; empty for a new one."""
    if not connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'meta'").fetchone()[0]:
        return {}
    return dict(connection.execute("SELECT key, value FROM meta").fetchall())
