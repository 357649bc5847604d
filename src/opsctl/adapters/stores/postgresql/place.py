"""Where a store is, as people may see it: a URL without what opens it."""

from psycopg.conninfo import conninfo_to_dict


def shown_url(url: str) -> str:
    """The server and the database of a libpq URL or DSN: no password, no options."""
    known = conninfo_to_dict(url)
    host, port, database = (str(known.get(name) or "") for name in ("host", "port", "dbname"))
    return f"postgresql://{host}{port and f':{port}'}/{database}"
