"""The rights that the application's role needs, and no more: it reads and appends to the journal."""

from collections.abc import Mapping

RIGHTS: Mapping[str, str] = {
    "meta": "SELECT",
    "journal": "SELECT, INSERT",
    "operations": "SELECT, INSERT, UPDATE, DELETE",
    "locks": "SELECT, INSERT, UPDATE, DELETE",
    "outbox": "SELECT, INSERT, UPDATE",
    "records": "SELECT, INSERT",
    "documents": "SELECT, INSERT, UPDATE",
    "posts": "SELECT, INSERT, UPDATE",
    "room_channels": "SELECT, INSERT, UPDATE",
    "room_messages": "SELECT, INSERT, UPDATE",
    "room_reactions": "SELECT, INSERT, DELETE",
    "room_keys": "SELECT, INSERT, DELETE",
    "deliveries": "SELECT, INSERT, UPDATE, DELETE",
    "incidents": "SELECT, INSERT",
    "writers": "SELECT, INSERT, UPDATE, DELETE",
}
"""What may be done with each table."""


def grants(role: str, schema: str = "public") -> str:
    """The SQL that gives a role its rights, and takes away all others, for the tables' owner to run."""
    grantee, place = _quoted(role), _quoted(schema)
    return "\n".join(
        [
            "BEGIN;",
            f"REVOKE ALL ON ALL TABLES IN SCHEMA {place} FROM {grantee}, PUBLIC;",
            f"REVOKE CREATE ON SCHEMA {place} FROM {grantee}, PUBLIC;",
            f"GRANT USAGE ON SCHEMA {place} TO {grantee};",
            *(f"GRANT {rights} ON {place}.{table} TO {grantee};" for table, rights in RIGHTS.items()),
            "COMMIT;",
        ]
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
