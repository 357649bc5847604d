"""When things are, where the site is: the day of an incident, and the hour of its postmortem."""

from datetime import UTC, datetime, time, timedelta, tzinfo

POSTMORTEM_AT = time(14)
"""In the site's time zone: after lunch, so that who was up all night can be there."""

POSTMORTEM_MINUTES = 60

_SATURDAY = 5


def zone_of(name: str) -> tzinfo:
    """The time zone with that IANA name; UTC where this machine does not know it any more.

    An incident is not held up by a missing time zone: it was known when the site was published.
    """
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # few sites are asked for the time

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def postmortem_after(moment: datetime, zone: tzinfo) -> datetime:
    """14:00 on the next day that is neither Saturday nor Sunday there, as a moment with that zone's offset."""
    day = moment.astimezone(zone).date() + timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    return datetime.combine(day, POSTMORTEM_AT, zone)
