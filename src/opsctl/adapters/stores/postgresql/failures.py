"""Errors of PostgreSQL, told as what happened, what it means, what to do next. None gets out, and no password."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from opsctl.core.errors import StoreUnusable

_NOT_DONE = "Nothing was recorded, and nothing was done that needed recording."


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Raise StoreUnusable for what the server could not do."""
    try:
        yield
    except psycopg.Error as error:
        raise unusable(error, place) from error


def unusable(error: psycopg.Error, place: str) -> StoreUnusable:
    """What an error of the server, or of the way to it, means for the person."""
    happened, do, reason = _told(error, place)
    return StoreUnusable(happened, means=_NOT_DONE, do=do, reason=reason)


def uncertain(place: str) -> StoreUnusable:
    """The error where the connection was lost while something was made durable, and nobody answers any more."""
    return StoreUnusable(
        f"The store {place} was lost while it recorded the last step.",
        means="Whether that step was recorded is not certain; nothing is half recorded.",
        do="Once the server is back, see what was: opsctl operations",
        reason="store_io",
    )


def _told(error: psycopg.Error, place: str) -> tuple[str, str, str]:
    what = _first_line(error)
    match error:
        case errors.LockNotAvailable() | errors.QueryCanceled():
            return (
                f"The store {place} is locked by another process for too long.",
                "Try again; see who holds it: SELECT * FROM pg_stat_activity",
                "store_locked",
            )
        case errors.InsufficientPrivilege():
            return (
                f"The store {place} refuses it: {what}.",
                "Give the role its rights: opsctl store grants ROLE prints the SQL. Tables are made by their owner.",
                "store_rights",
            )
        case errors.ReadOnlySqlTransaction():
            return (
                f"The store {place} can't be written: the server is read-only, such as a standby.",
                "Name the primary in the store's URL, or add target_session_attrs=read-write to it.",
                "store_read_only",
            )
        case errors.DiskFull():
            return (
                f"The disk of the store {place} is full.",
                "Free some space on the server, then try again.",
                "disk_full",
            )
        case errors.UndefinedTable() | errors.UndefinedFunction():
            return (
                f"{place} is a database, but not an opsctl store of PostgreSQL 13 or newer: {what}.",
                "Check the URL of the store in opsctl.toml.",
                "not_a_store",
            )
        case psycopg.OperationalError() | psycopg.InterfaceError():
            return (
                f"The store {place} can't be reached: {what}.",
                "See whether the server runs and lets you in, then look again: opsctl doctor",
                "store_not_opened",
            )
        case _:
            return (
                f"The store {place} does not work: {what}.",
                "Check that it is the database of an opsctl store, and that opsctl is the newest you have.",
                "store_unusable",
            )


def _first_line(error: psycopg.Error) -> str:
    told = error.diag.message_primary or str(error).strip().partition("\n")[0] or type(error).__name__
    return told.removeprefix("connection failed: ").removesuffix(".")
