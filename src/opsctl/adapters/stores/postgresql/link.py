"""One connection to the server, in the shape that the common statements are written for."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import errors, pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from opsctl.adapters.stores.sql.database import Rows

CONNECT_SECONDS = 10
LOCK_SECONDS = 15
IDLE_SECONDS = 5
"""How long a transaction of a process that says nothing any more (a closed lid) may keep the others from writing."""

_SESSION = f"""
    SELECT set_config('lock_timeout', '{LOCK_SECONDS}s', false),
        set_config('idle_in_transaction_session_timeout', '{IDLE_SECONDS}s', false),
        set_config('default_transaction_isolation', 'read committed', false),
        set_config('synchronous_commit', CASE current_setting('synchronous_commit')
            WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)
"""

_FAREWELLS = (
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.DatabaseDropped,
    errors.IdleSessionTimeout,
    errors.IdleInTransactionSessionTimeout,
)
"""What a server says last on a connection."""

Password = Callable[[], str]
"""Asked for a password where the server wants one, and libpq has none by itself."""


class Link:
    """A connection outside of any transaction but those that its user begins."""

    def __init__(self, connection: "psycopg.Connection[tuple[Any, ...]]") -> None:
        self.psycopg = connection

    @classmethod
    def made(cls, url: str, password: Password) -> "Link":
        """Connect, with TLS and everything else as the URL, the environment and the service file say.

        The password is libpq's (PGPASSWORD, ~/.pgpass); `password` is asked where that has none. Raises psycopg.Error.
        """
        # https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
        known = {"connect_timeout": CONNECT_SECONDS, **conninfo_to_dict(url)}
        known |= {"client_encoding": "utf8", "application_name": "opsctl"}
        try:
            connection = psycopg.connect(make_conninfo("", **known), autocommit=True)
        except psycopg.OperationalError as error:
            if "no password supplied" not in str(error):
                raise
            connection = psycopg.connect(make_conninfo("", **known, password=password()), autocommit=True)
        try:
            connection.execute(_SESSION.encode())
        except BaseException:
            connection.close()
            raise
        return cls(connection)

    @property
    def is_lost(self) -> bool:
        """Whether it leads nowhere any more."""
        return self.psycopg.closed

    def is_lost_by(self, error: Exception) -> bool:
        """Whether that error says, or found, that it leads nowhere any more. Closes it then."""
        if isinstance(error, _FAREWELLS):
            self.close()
        return self.is_lost

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction has begun and not ended."""
        return self.psycopg.info.transaction_status != pq.TransactionStatus.IDLE and not self.is_lost

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Rows:
        """Carry one out."""
        if values:
            return self.psycopg.execute(native(statement), values)
        # It may be several statements, which can't be prepared.
        return self.psycopg.execute(native(statement), prepare=False)

    def last_row(self, statements: str) -> tuple[Any, ...]:
        """Carry out several in one message; the row of the last."""
        found = self.psycopg.execute(native(statements), prepare=False)
        while found.nextset():
            pass
        row = found.fetchone()
        assert row is not None
        return row

    def executemany(self, statement: str, values: Iterable[Sequence[Any]], /) -> None:
        """Carry one out for each of these values."""
        with self.psycopg.cursor() as cursor:
            cursor.executemany(native(statement), values)

    def close(self) -> None:
        """Hang up."""
        self.psycopg.close()


def is_starting(url: str) -> bool:
    """Whether the server is there, and only does not take connections yet."""
    return pq.PGconn.ping(make_conninfo(url, connect_timeout=CONNECT_SECONDS).encode()) == pq.Ping.REJECT


@lru_cache(maxsize=512)
def native(statement: str) -> bytes:
    """A common statement with its values where psycopg looks for them."""
    return statement.replace("?", "%s").encode()
