"""The embedded calendar: an invitation as an iCalendar file, with the draft beside it.

One event with times in UTC takes the few lines below; a library would bring time zones, recurrences and alarms, and
three packages. RFC 5545 sections: 3.1 (lines, folding), 3.3.11 (escaping), 3.6.1 (VEVENT), 3.8.7.2 (DTSTAMP).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from opsctl.adapters.files import replace
from opsctl.core.ports import Meeting

_MOST_OCTETS = 75


@dataclass(frozen=True, slots=True)
class IcsCalendar:
    """A folder for each meeting: `postmortem.ics` to open with any calendar, `postmortem.md` to write on."""

    folder: Path
    domain: str

    def book(self, meeting: Meeting) -> None:
        """Write both; a draft that is there is somebody's work by now."""
        folder = self.folder / meeting.key
        replace(folder / "postmortem.ics", self._ics(meeting))
        if not (folder / "postmortem.md").exists():
            replace(folder / "postmortem.md", meeting.draft.encode())

    def _ics(self, meeting: Meeting) -> bytes:
        lines = (
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//opsctl//opsctl//EN",
            "METHOD:PUBLISH",
            "BEGIN:VEVENT",
            f"UID:{meeting.key}@{self.domain}",
            # Of the meeting's own time, so that the same meeting is always the same file.
            f"DTSTAMP:{_utc(meeting.at - timedelta(days=1))}",
            f"DTSTART:{_utc(meeting.at)}",
            f"DTEND:{_utc(meeting.at + timedelta(minutes=meeting.minutes))}",
            f"SUMMARY:{_escaped(meeting.title)}",
            f"DESCRIPTION:{_escaped(meeting.about)}",
            "END:VEVENT",
            "END:VCALENDAR",
        )
        return b"".join(piece + b"\r\n" for line in lines for piece in _folded(line))


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def _folded(line: str) -> Iterator[bytes]:
    """Lines of at most 75 octets; those that go on begin with a blank. A character is not cut in two."""
    piece = b""
    for char in line:
        octets = char.encode()
        if len(piece) + len(octets) > _MOST_OCTETS:
            yield piece
            piece = b" "
        piece += octets
    yield piece
