"""A moment as a person writes it: read in their zone, right where clocks are put back or forward, told with offset."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsctl.core.moment import EXAMPLES, Moment

# A Monday, the day after Berlin's clocks were put forward.
NOW = datetime(2026, 3, 30, 8, 0, tzinfo=UTC)
BERLIN = "Europe/Berlin"

clocks = st.one_of(
    st.times().map(lambda clock: clock.isoformat()),
    st.times().map(lambda clock: f"{clock:%H:%M}"),
    st.builds("{}{}{}".format, st.integers(1, 12), st.sampled_from(["", " "]), st.sampled_from(["am", "PM"])),
    st.sampled_from(["noon", "Midnight", "3:30pm"]),
)
days = st.one_of(
    st.dates(datetime(1971, 1, 1).date(), datetime(9997, 12, 31).date()).map(str),  # noqa: DTZ001  # a date
    st.sampled_from(["today", "Yesterday", "monday", "last fri", "sun"]),
)
offsets = st.sampled_from(["", "Z", " UTC", "+01:00", "-0330", "+05:45"])
texts = st.one_of(
    days,
    clocks,
    st.builds("{} {}{}".format, days, clocks, offsets),
    st.builds("{} ago".format, st.sampled_from(["2h", "1h30m", "an hour", "3 days", "2 weeks", "90 sec"])),
    st.sampled_from(("now", *EXAMPLES)),
)
moments = texts.map(Moment.parse)


@contextmanager
def at_home_in(zone: str) -> Iterator[None]:
    """This process, somewhere else."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
        time.tzset()


@given(moments)
def test_a_moment_reads_back_from_its_text(moment: Moment) -> None:
    assert Moment.parse(str(moment)) == moment


@settings(deadline=None)  # zones are read from disk
@given(moments, st.sampled_from([BERLIN, "America/Havana", "Asia/Kathmandu", "Africa/Monrovia", "UTC"]))
def test_a_settled_moment_reads_back_and_means_the_same_whenever_and_wherever_it_is_read(
    moment: Moment, zone: str
) -> None:
    try:
        meant = moment.at(NOW, ZoneInfo(zone)).astimezone(UTC)
    except ValueError as error:
        assert "was there twice" in str(error)  # noqa: PT017  # the only other thing that may happen
        return
    settled = moment.settled(NOW, ZoneInfo(zone))
    assert Moment.parse(str(settled)) == settled
    for later in (NOW, NOW + timedelta(days=400)):
        assert settled.at(later, ZoneInfo("Pacific/Auckland")).astimezone(UTC) == meant


MEANT = [
    ("now", "2026-03-30T10:00:00+02:00"),
    ("yesterday 3am", "2026-03-29T03:00:00+02:00"),
    ("Yesterday at  3 AM", "2026-03-29T03:00:00+02:00"),
    ("yesterday", "2026-03-29T00:00:00+01:00"),
    ("today 09:30", "2026-03-30T09:30:00+02:00"),
    ("today 14:30", "2026-03-30T14:30:00+02:00"),
    ("09:30", "2026-03-30T09:30:00+02:00"),
    ("14:30", "2026-03-29T14:30:00+02:00"),
    ("12am", "2026-03-30T00:00:00+02:00"),
    ("12pm", "2026-03-29T12:00:00+02:00"),
    ("noon", "2026-03-29T12:00:00+02:00"),
    ("monday", "2026-03-30T00:00:00+02:00"),
    ("monday 9:30", "2026-03-30T09:30:00+02:00"),
    ("monday 15:00", "2026-03-23T15:00:00+01:00"),
    ("last monday", "2026-03-23T00:00:00+01:00"),
    ("tue", "2026-03-24T00:00:00+01:00"),
    ("2h ago", "2026-03-30T08:00:00+02:00"),
    ("an hour ago", "2026-03-30T09:00:00+02:00"),
    ("90 minutes ago", "2026-03-30T08:30:00+02:00"),
    ("2 days ago", "2026-03-28T09:00:00+01:00"),
    ("2026-03-04", "2026-03-04T00:00:00+01:00"),
    ("2026-03-04 15:23", "2026-03-04T15:23:00+01:00"),
    ("2026-03-04, 3:23pm", "2026-03-04T15:23:00+01:00"),
    ("2026-03-04T15:23:47Z", "2026-03-04T16:23:47+01:00"),
    ("2026-03-04 15:23:47+0000", "2026-03-04T16:23:47+01:00"),
    ("2026-03-04T15:23:47.123456-05:00", "2026-03-04T21:23:47.123456+01:00"),
    ("today 05:36 UTC", "2026-03-30T07:36:00+02:00"),
]


@pytest.mark.parametrize(("text", "meant"), MEANT)
def test_a_moment_is_found_in_the_zone_of_who_asks(text: str, meant: str) -> None:
    assert Moment.parse(text).at(NOW, ZoneInfo(BERLIN)).isoformat() == meant
    with at_home_in(BERLIN):
        assert Moment.parse(text).at(NOW).isoformat() == meant


@pytest.mark.parametrize(
    ("zone", "text", "meant"),
    [
        (BERLIN, "2026-03-29 02:30", "2026-03-29T03:00:00+02:00"),
        (BERLIN, "sunday 2am", "2026-03-29T03:00:00+02:00"),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00"),
        ("Australia/Lord_Howe", "2025-10-05 02:15", "2025-10-05T02:30:00+11:00"),
    ],
)
def test_a_time_that_the_clocks_passed_over_is_the_moment_at_which_they_did(zone: str, text: str, meant: str) -> None:
    assert Moment.parse(text).at(NOW, ZoneInfo(zone)).isoformat() == meant
    with at_home_in(zone):
        assert Moment.parse(text).at(NOW).isoformat() == meant


def test_a_time_that_was_there_twice_is_asked_for_with_its_offset() -> None:
    twice = Moment.parse("2025-10-26 02:30")
    with at_home_in(BERLIN), pytest.raises(ValueError, match="was there twice") as caught:
        twice.at(NOW)
    assert str(caught.value).endswith("write 2025-10-26T02:30:00+02:00 or 2025-10-26T02:30:00+01:00")
    with pytest.raises(ValueError, match="was there twice"):
        twice.at(NOW, ZoneInfo(BERLIN))
    for written in ("2025-10-26T02:30:00+02:00", "2025-10-26T02:30:00+01:00"):
        assert Moment.parse(written).at(NOW, ZoneInfo(BERLIN)).isoformat() == written


def test_a_day_that_begins_twice_begins_the_first_time() -> None:
    began = Moment.parse("2025-11-02").at(NOW, ZoneInfo("America/Havana"))
    assert began.astimezone(UTC) == datetime(2025, 11, 2, 4, tzinfo=UTC)


def test_a_doubtful_time_in_another_week_is_in_nobodys_way() -> None:
    # Monday 02:30 of this week; on the Sunday before last year's change it would be doubtful only a day later.
    now = datetime(2025, 11, 2, 12, tzinfo=UTC)
    assert Moment.parse("sunday 9am").at(now, ZoneInfo(BERLIN)).isoformat() == "2025-11-02T09:00:00+01:00"
    assert Moment.parse("sunday 2:30").at(now, ZoneInfo(BERLIN)).isoformat() == "2025-11-02T02:30:00+01:00"


NO_TIMES = (
    "", " ", "2h", "15", "soon", "yesterday yesterday", "mondays", "2026-03-04+01:00", "2026-03-04T15", "monday3am",
    "٣ days ago", "999999999 weeks ago", "now ago", "ago", "2026-3-4", "04.03.2026", "\x00", "3am 2026-03-04",
)  # fmt: skip


@pytest.mark.parametrize("text", NO_TIMES)
def test_what_is_no_time_is_told_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a time; write 'yesterday 3am', .* or ISO 8601"):
        Moment.parse(text)


@pytest.mark.parametrize("text", ["24:00", "13pm", "0am", "12:60", "2026-13-01", "2026-02-30", "3:00 +99:00"])
def test_a_time_on_no_calendar_or_clock_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is on no calendar or clock"):
        Moment.parse(text)


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31 23:59"])
def test_a_time_too_far_away_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is too far away"):
        Moment.parse(text)


@given(st.text(max_size=30) | st.builds("{} {}".format, days, st.text(max_size=8)))
def test_no_text_at_all_fails_otherwise_than_with_a_short_sentence(text: str) -> None:
    try:
        Moment.parse(text).at(NOW, ZoneInfo(BERLIN))
    except ValueError as error:
        assert len(str(error)) < 600  # noqa: PT017


def test_a_text_of_any_length_is_refused_with_a_short_message() -> None:
    with pytest.raises(ValueError, match="is not a time") as caught:
        Moment.parse("9" * 100_000 + " days ago")
    assert len(str(caught.value)) < 200
