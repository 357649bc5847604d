"""Invitations as files, read back by another program's eyes."""

import stat

import icalendar
import pytest
from tests.adapters.contract_calendar import MEETING, CalendarContract

from opsctl.adapters.calendars.ics import IcsCalendar
from opsctl.core.errors import Unreachable


class TestIcsCalendar(CalendarContract):
    @pytest.fixture
    def calendar(self, tmp_path):
        (tmp_path / "site").mkdir(mode=0o700)
        return IcsCalendar(tmp_path / "site" / "incidents", "st-0123456789abcdef")

    @pytest.fixture
    def events(self, calendar):
        def read():
            files = sorted(calendar.folder.glob("*/postmortem.ics"))
            found = [icalendar.Calendar.from_ical(file.read_bytes()).walk("VEVENT")[0] for file in files]
            return [(str(one["SUMMARY"]), one.start, one.end, str(one["DESCRIPTION"])) for one in found]

        return read

    def test_lines_are_folded_and_ended_as_the_standard_says(self, calendar):
        calendar.book(MEETING)
        content = (calendar.folder / "inc-1" / "postmortem.ics").read_bytes()
        assert content.endswith(b"END:VCALENDAR\r\n")
        assert b"\n" not in content.replace(b"\r\n", b"")
        assert max(map(len, content.split(b"\r\n"))) <= 75

    def test_what_the_standard_requires_is_there(self, calendar):
        calendar.book(MEETING)
        read = icalendar.Calendar.from_ical((calendar.folder / "inc-1" / "postmortem.ics").read_bytes())
        assert {"VERSION", "PRODID"} <= set(read)
        assert {"UID", "DTSTAMP", "DTSTART"} <= set(read.walk("VEVENT")[0])
        assert not read.errors
        assert not read.walk("VEVENT")[0].errors

    def test_a_draft_that_somebody_works_on_stays(self, calendar):
        calendar.book(MEETING)
        draft = calendar.folder / "inc-1" / "postmortem.md"
        assert draft.read_text() == MEETING.draft
        draft.write_text("my own words")
        calendar.book(MEETING)
        assert draft.read_text() == "my own words"

    @pytest.mark.parametrize(("mode", "folder", "file"), [(0o700, 0o700, 0o600), (0o2770, 0o2770, 0o660)])
    def test_who_may_use_the_store_may_read_them(self, calendar, mode, folder, file):
        calendar.folder.parent.chmod(mode)
        calendar.book(MEETING)
        assert stat.S_IMODE((calendar.folder / "inc-1").stat().st_mode) == folder
        assert stat.S_IMODE((calendar.folder / "inc-1" / "postmortem.md").stat().st_mode) == file

    def test_a_place_that_can_not_be_written_is_told(self, calendar):
        calendar.folder.write_text("in the way")
        with pytest.raises(Unreachable, match=r"ics can't be written: something that is not a folder is in the way\."):
            calendar.book(MEETING)
