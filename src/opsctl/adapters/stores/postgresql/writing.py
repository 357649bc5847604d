"""How work is committed to the server, also when the connection is lost meanwhile: once, or not at all."""

import time
from collections.abc import Sequence
from typing import Any

import psycopg

from opsctl.adapters.stores.postgresql.connections import PAUSE_SECONDS, Connections
from opsctl.adapters.stores.postgresql.failures import uncertain, unusable
from opsctl.adapters.stores.postgresql.session import PostgresSession, Writer, has_committed
from opsctl.adapters.stores.sql.batch import Batch, Piece
from opsctl.adapters.stores.sql.commits import fail
from opsctl.core.errors import OpsctlError


class Writing:
    """Commits to one store."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._writer = Writer()

    def commit(self, pieces: Sequence[Piece[Any]]) -> None:
        """Commit them together, or settle them with what stood in the way."""
        give_up_at = time.monotonic() + self._connections.patience_seconds
        try:
            while not self._try(pieces, give_up_at):
                pass
        except psycopg.Error as error:
            if len(pieces) == 1 or isinstance(error, psycopg.OperationalError):
                fail(pieces, unusable(error, self._connections.place))
                return
            # It may be the work of one that the server refuses: each of the others gets its own chance.
            for piece in pieces:
                self.commit([piece])
        except OpsctlError as error:
            fail(pieces, error)

    def _try(self, pieces: Sequence[Piece[Any]], give_up_at: float) -> bool:
        """Whether it came to an end; else the connection was lost, and nothing was done."""
        with self._connections.one() as link:
            session = PostgresSession(link, self._writer)
            batch = Batch(session, pieces, psycopg.Error)
            try:
                batch.commit()
            except psycopg.Error as error:
                if not link.is_lost_by(error) or time.monotonic() > give_up_at:
                    raise
            else:
                return True
        if session.is_committing and self._has_committed(give_up_at):
            batch.settle()
            return True
        return False

    def _has_committed(self, give_up_at: float) -> bool:
        while True:
            try:
                with self._connections.one() as link:
                    return has_committed(link, self._writer)
            except psycopg.Error as error:
                if time.monotonic() > give_up_at:
                    raise uncertain(self._connections.place) from error
                time.sleep(PAUSE_SECONDS)
