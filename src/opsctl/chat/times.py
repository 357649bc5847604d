"""Times as a chat shows them: in UTC, since its readers sit in several zones."""

from datetime import UTC, datetime


def clock(at: str, now: datetime) -> str:
    """A time of day; with its date where that is not today's."""
    moment = datetime.fromisoformat(at).astimezone(UTC)
    is_today = moment.date() == now.astimezone(UTC).date()
    return f"{moment:%H:%M} UTC" if is_today else f"{moment:%Y-%m-%d %H:%M} UTC"


def span(seconds: int) -> str:
    """A duration: "12 s", "2 min 7 s", "1 h 5 min"."""
    if seconds < 60:
        return f"{seconds} s"
    minutes, left = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {left} s" if left else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
