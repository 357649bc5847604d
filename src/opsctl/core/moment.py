"""A moment as a person writes it: "yesterday 3am", "monday", "2h ago", "2026-03-04 15:23", ISO 8601 with its offset.

What was typed stays as it is until somebody asks which moment it means: that takes the time of asking, and the zone of
the person.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from opsctl.core.fields import Span
from opsctl.core.shown import shown

EXAMPLES = {
    "yesterday 3am": "A day and a time of it; 3 am, 15:00, 3:30pm, noon and midnight are times too.",
    "today 14:30": "Of today; it may be to come.",
    "monday": "A weekday, with or without a time; last monday is before today.",
    "2h ago": "Also 1h30m ago, 90 minutes ago, 2 days ago, a week ago.",
    "2026-03-04 15:23": "A date, with or without a time.",
    "2026-03-04T15:23:47+01:00": "ISO 8601 with its offset, Z or UTC; a time that is shown can be given back.",
}
"""The ways to write one, each with what it is."""

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS = {"sec": 1, "second": 1, "min": 60, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_FIRST_YEAR, _LAST_YEAR = 1970, 9998

# Patterns are compiled when they are first used, and kept by `re`.
_DATE = r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
_DAY = rf"(?P<day>today|yesterday|(?:last )?(?:{'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in _WEEKDAYS)}))"
_CLOCK = (
    r"(?P<clock>(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,6}))?)?"
    r"(?: ?(?P<half>[ap]m))?| ?(?P<full>[ap]m))|noon|midnight)"
)
_OFFSET = r"(?P<offset>z|utc|[+-][0-9]{2}:?[0-9]{2}(?::[0-9]{2})?)"
_WRITTEN = rf"(?:{_DATE}|{_DAY})?(?:(?:^|(?<=[0-9])t|,? (?:at )?){_CLOCK}(?: ?{_OFFSET})?)?"
_COUNTED = rf"(?P<count>[0-9]{{1,9}}|an?) ?(?P<unit>{'|'.join(_UNITS)})s?"


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, as it was written: `text` in lower case and single blanks, ISO 8601 with its "T" and "Z".

    A day alone means its first moment; a weekday or a time of day alone the latest one that is not to come. An hour
    ago is 3,600 seconds, a day ago 24 hours.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> "Moment":
        """The moment that `text` says. Raises ValueError, with the ways to write one."""
        words = " ".join(text.lower().split())
        if words != "now" and _ago(words) is None:
            match = re.fullmatch(_WRITTEN, words)
            if match is None or not words:
                raise ValueError(
                    f"{shown(text)} is not a time; write {', '.join(map(repr, list(EXAMPLES)[:-1]))} or ISO 8601"
                )
            _check(match, text)
        return cls(re.sub(r"(?<=[0-9])[tz]", lambda letter: letter[0].upper(), words) if words[:4].isdigit() else words)

    def at(self, now: datetime, zone: tzinfo | None = None) -> datetime:
        """The moment meant by who asks at `now` in that zone (None: this process's own), told in that zone.

        A local time that the clocks passed over is the moment at which they did. Raises ValueError for a time of day
        that was there twice.
        """
        words = self.text.lower()
        ago = timedelta(0) if words == "now" else _ago(words)
        if ago is not None:
            return (now - ago).astimezone(zone)
        match = re.fullmatch(_WRITTEN, words)
        assert match is not None
        there = _zone(match["offset"]) or zone
        clock = _clock(match)
        found = now
        for day in _days(match, now.astimezone(there).date()):
            found = _placed(datetime.combine(day, clock or time()), there, self.text, is_day=clock is None)
            if found <= now:
                break
        return found.astimezone(zone)

    def settled(self, now: datetime, zone: tzinfo | None = None) -> "Moment":
        """The same moment with nothing left to be found out: ISO 8601 with the offset it has in that zone.

        Raises ValueError as `at` does.
        """
        return Moment(self.at(now, zone).isoformat())

    def __str__(self) -> str:
        return self.text


def _ago(words: str) -> timedelta | None:
    """How long ago that is; None where it is not said so."""
    length, is_ago, rest = words.rpartition(" ago")
    if not is_ago or rest:
        return None
    counted = re.fullmatch(_COUNTED, length)
    if counted is None:
        try:
            return Span.parse(length).delta
        except ValueError:
            return None
    seconds = (1 if counted["count"].startswith("a") else int(counted["count"])) * _UNITS[counted["unit"]]
    return timedelta(seconds=seconds) if seconds <= Span.MOST_SECONDS else None


def _check(match: re.Match[str], text: str) -> None:
    """Raises ValueError for a date or a time of day that no calendar or clock shows."""
    try:
        year = date.fromisoformat(match["date"]).year if match["date"] else _FIRST_YEAR
        _clock(match)
        _zone(match["offset"])
    except ValueError:
        raise ValueError(f"{shown(text)} is on no calendar or clock") from None
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError(f"{shown(text)} is too far away; years are {_FIRST_YEAR} to {_LAST_YEAR}")


def _clock(match: re.Match[str]) -> time | None:
    """The time of day; None for a day alone. Raises ValueError."""
    if match["clock"] in (None, "noon", "midnight"):
        return None if match["clock"] is None else time(12 if match["clock"] == "noon" else 0)
    hour, half = int(match["hour"]), match["half"] or match["full"]
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if half == "pm" else 0)
    fraction = (match["fraction"] or "").ljust(6, "0")
    return time(hour, int(match["minute"] or 0), int(match["second"] or 0), int(fraction))


def _zone(offset: str | None) -> tzinfo | None:
    """The zone with that offset. Raises ValueError."""
    if offset is None:
        return None
    if offset in ("z", "utc"):
        return UTC
    digits = offset[1:].replace(":", "").ljust(6, "0")
    there = time(int(digits[:2]), int(digits[2:4]), int(digits[4:]))
    size = timedelta(hours=there.hour, minutes=there.minute, seconds=there.second)
    return timezone(-size if offset[0] == "-" else size)


def _days(match: re.Match[str], today: date) -> tuple[date, ...]:
    """The days that may be meant, the likeliest first: the first whose moment is not to come is."""
    if match["date"]:
        return (date.fromisoformat(match["date"]),)
    day = match["day"]
    if day is None:
        return today, today - timedelta(days=1)
    if day in ("today", "yesterday"):
        return (today - timedelta(days=day == "yesterday"),)
    wanted = next(number for number, name in enumerate(_WEEKDAYS) if name.startswith(day.removeprefix("last ")[:3]))
    back = timedelta(days=(today.weekday() - wanted) % 7)
    latest = today - back
    week = timedelta(days=7)
    return (latest if back else latest - week,) if day.startswith("last ") else (latest, latest - week)


def _placed(wall: datetime, zone: tzinfo | None, text: str, *, is_day: bool) -> datetime:
    """The moment (UTC) at which clocks of the zone show that. Raises ValueError where they do twice."""
    early, late = sorted(_instant(wall.replace(fold=fold), zone) for fold in (0, 1))
    if early.astimezone(zone).replace(tzinfo=None, fold=0) != wall:
        return _change(early, late, zone)
    if early < late and not is_day:
        both = " or ".join(one.astimezone(zone).isoformat() for one in (early, late))
        raise ValueError(f"{shown(text)} was there twice, since the clocks were put back; write {both}")
    return early


def _instant(wall: datetime, zone: tzinfo | None) -> datetime:
    # Without a zone, astimezone() asks the system's. Where clocks are put back or forward, `fold` tells two moments
    # apart (PEP 495), though not always in the same order.
    return (wall if zone is None else wall.replace(tzinfo=zone)).astimezone(UTC)


def _change(before: datetime, after: datetime, zone: tzinfo | None) -> datetime:
    """The moment between these two at which the zone's clocks are put forward, to the second."""
    old = before.astimezone(zone).utcoffset()
    before, after = before.replace(microsecond=0), after.replace(microsecond=0)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
