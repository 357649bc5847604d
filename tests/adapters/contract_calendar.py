"""What every calendar promises. Its test inherits `CalendarContract`: the fixtures `calendar` and `events`."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from opsctl.core.ports import Meeting

MEETING = Meeting(
    key="inc-1",
    title="Postmortem: Payments fail",
    at=datetime(2026, 3, 30, 14, tzinfo=ZoneInfo("Europe/Berlin")),
    minutes=60,
    about="SEV1, #inc-20260327-payment; see the draft",
    draft="# Postmortem\n",
)


class CalendarContract:
    """`events` tells (title, start in UTC, end in UTC, about) of what stands in the calendar."""

    def test_a_meeting_stands_at_its_hour_whatever_the_zone(self, calendar, events):
        calendar.book(MEETING)
        start = datetime(2026, 3, 30, 12, tzinfo=UTC)
        assert events() == [(MEETING.title, start, start + timedelta(hours=1), MEETING.about)]

    def test_the_same_meeting_again_is_the_same_meeting(self, calendar, events):
        calendar.book(MEETING)
        calendar.book(MEETING)
        assert len(events()) == 1

    def test_two_meetings_are_two(self, calendar, events):
        calendar.book(MEETING)
        calendar.book(replace(MEETING, key="inc-2"))
        assert len(events()) == 2

    @pytest.mark.parametrize(
        "title",
        [
            "a;b,c\\d",
            "x" * 500,
            "ü" * 100,
            "支付失败" * 40,
            "🔥" * 60,
            "BEGIN:VEVENT END:VEVENT",
            "<b>&amp;</b>",
            '"quotes" and ^carets^',
        ],
    )
    def test_any_words_come_out_as_they_went_in(self, calendar, events, title):
        calendar.book(replace(MEETING, title=title, about="one\ntwo; three, four\\n"))
        ((found, _, _, about),) = events()
        assert (found, about) == (title, "one\ntwo; three, four\\n")

    def test_an_offset_of_minutes_is_minded(self, calendar, events):
        there = timezone(timedelta(hours=5, minutes=45))
        calendar.book(replace(MEETING, at=datetime(2026, 3, 5, 14, tzinfo=there)))
        assert events()[0][1] == datetime(2026, 3, 5, 8, 15, tzinfo=UTC)
