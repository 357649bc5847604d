"""Times as a chat shows them: in UTC, since its readers sit in several zones."""

from datetime import UTC, datetime


def clock(at: str, now: datetime) -> str:
    """A time of day; with its date where that is not today's."""
    moment = datetime.fromisoformat(at).astimezone(UTC)
    is_today = moment.date() == now.astimezone(UTC).date()
    return f"{moment:%H:%M} UTC" if is_today else f"{moment:%Y-%m-%d %H:%M} UTC"
