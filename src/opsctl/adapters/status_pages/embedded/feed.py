"""The status page as an Atom feed (RFC 4287): one entry an incident, updated with it."""

from datetime import UTC, datetime
from xml.sax.saxutils import escape

from opsctl.core.public import PublicIncident, PublicPage


def feed(page: PublicPage) -> str:
    """The whole document, newest incident first."""
    entries = "".join(_entry(one, page) for one in page.incidents)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">\n'
        f"<id>urn:opsctl:status:{page.id}</id>\n"
        f"<title>{escape(page.name)} status</title>\n"
        f"<updated>{_text(page.updated_at)}</updated>\n"
        f"<author><name>{escape(page.name)}</name></author>\n"
        f"{entries}</feed>\n"
    )


def _entry(one: PublicIncident, page: PublicPage) -> str:
    told = "\n\n".join(f"{_text(update.at)} {update.status.capitalize()}: {update.text}" for update in one.updates)
    return (
        "<entry>\n"
        f"<id>urn:opsctl:status:{page.id}:{one.id}</id>\n"
        f"<title>{escape(f'{one.status.capitalize()}: {one.title}')}</title>\n"
        f"<published>{_text(one.opened_at)}</published>\n"
        f"<updated>{_text(one.updated_at)}</updated>\n"
        f'<content type="text">{escape(told)}</content>\n'
        "</entry>\n"
    )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
