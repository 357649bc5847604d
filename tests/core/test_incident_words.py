"""What is taken from the words of an incident: its service, its channel's name, its status, its hour."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.payments import a_payment_site

from opsctl.core.fields import headline, statement
from opsctl.core.incident import Status
from opsctl.core.incident_status import ToldBy, status_told
from opsctl.core.incident_team import Because, Called, called_for, slug_of
from opsctl.core.incident_time import postmortem_after, zone_of
from opsctl.core.public import without_handles

PAYMENTS = ("payment-service", "payment-team")


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Payment processing failures", Called(*PAYMENTS, Because.TITLE)),
        ("PAYMENTS are failing", Called(*PAYMENTS, Because.TITLE)),
        ("payment-service: 500s", Called(*PAYMENTS, Because.TITLE)),
        ("Card terminals offline", Called(*PAYMENTS, Because.TITLE)),
        ("No billing since noon", Called(*PAYMENTS, Because.TITLE)),
        ("orders/checkout broken", Called("order-service", "orders", Because.TITLE)),
        ("API gateway timeouts", Called("api-gateway", "empty", Because.TITLE)),
        ("api timeouts at the gateway", Called(None, "sre", Because.ON_CALL)),
        ("Repayments are late", Called(None, "sre", Because.ON_CALL)),
        ("Customer service can't log in", Called(None, "sre", Because.ON_CALL)),
        ("Payment of orders fails", Called(None, "sre", Because.SEVERAL)),
        ("Zahlung kaputt 🔥", Called(None, "sre", Because.ON_CALL)),
        ("", Called(None, "sre", Because.ON_CALL)),
    ],
)
def test_the_one_service_that_stands_in_the_title_is_called(title: str, found: Called) -> None:
    assert called_for(a_payment_site(), title, "") == found


def test_a_service_that_is_said_goes_before_the_title_also_by_its_alias() -> None:
    assert called_for(a_payment_site(), "Orders fail", "billing") == Called(*PAYMENTS, Because.OPTION)


@pytest.mark.parametrize(
    ("title", "service", "slug"),
    [
        ("Payment processing failures", "payment-service", "payment"),
        ("x", "api-gateway", "api-gateway"),
        ("x", "service", "service"),
        ("x", "orders", "orders"),
        ("The database is down", None, "database"),
        ("A 502 again", None, "502"),
        ("Überlast", None, "uberlast"),
        ("支付失败", None, "incident"),
        ("🔥🔥", None, "incident"),
        ("../../etc/passwd", None, "etc"),
        ("x" * 200, None, "x" * 30),
        ("<script>alert(1)</script>", None, "script"),
    ],
)
def test_a_channel_is_called_after_the_service_or_the_first_telling_word(
    title: str, service: str | None, slug: str
) -> None:
    assert slug_of(title, service) == slug


@given(st.text(max_size=200))
def test_whatever_the_title_a_channel_has_a_plain_name(title: str) -> None:
    slug = slug_of(title, None)
    assert slug.isascii()
    assert slug.isalnum()
    assert len(slug) <= 30


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Root cause identified: Stripe API key expired", Status.IDENTIFIED),
        ("Identified. It is the key", Status.IDENTIFIED),
        ("We have found the cause, a key", Status.IDENTIFIED),
        ("Monitoring the fix", Status.MONITORING),
        ("Fix deployed; watching error rates", Status.MONITORING),
        ("investigating with the vendor", Status.INVESTIGATING),
        ("We’re still looking into it", Status.INVESTIGATING),
    ],
)
def test_the_beginning_of_an_update_tells_its_status(text: str, status: Status) -> None:
    before = Status.IDENTIFIED if status is not Status.IDENTIFIED else Status.MONITORING
    assert status_told(text, "", before) == (status, ToldBy.TEXT)


@pytest.mark.parametrize(
    "text",
    [
        "Not identified yet",
        "No cause found yet: investigating goes on",
        "Unidentified flying packets",
        "The key expired. We identified it by luck",
        "Support is informed",
        "",
        "...identified",
    ],
)
def test_what_begins_otherwise_leaves_the_status_as_it_is(text: str) -> None:
    assert status_told(text, "", Status.MONITORING) == (Status.MONITORING, ToldBy.BEFORE)


def test_a_status_that_is_said_goes_before_the_text() -> None:
    assert status_told("identified", "monitoring", Status.INVESTIGATING) == (Status.MONITORING, ToldBy.OPTION)


moments = st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001


@settings(deadline=None)  # a zone takes a moment to load
@given(moments, st.sampled_from(sorted(available_timezones())))
def test_a_postmortem_is_on_the_next_working_day_at_two_there(moment: datetime, name: str) -> None:
    zone = zone_of(name)
    meeting, resolved = postmortem_after(moment, zone), moment.astimezone(zone)
    there = meeting.astimezone(UTC).astimezone(zone)
    assert (there.hour, there.minute, there.second) == (14, 0, 0)
    assert there.weekday() < 5
    between = [resolved.date() + timedelta(days=n) for n in range(1, (there.date() - resolved.date()).days)]
    assert there.date() > resolved.date()
    assert all(day.weekday() >= 5 for day in between)


@pytest.mark.parametrize(
    ("resolved", "zone", "utc"),
    [
        ("2026-03-04T15:23:00+00:00", "Europe/Berlin", "2026-03-05T13:00:00+00:00"),
        # Clocks go forward on the Sunday between: two in the afternoon is an hour earlier in UTC.
        ("2026-03-27T15:00:00+00:00", "Europe/Berlin", "2026-03-30T12:00:00+00:00"),
        ("2026-10-23T15:00:00+00:00", "Europe/Berlin", "2026-10-26T13:00:00+00:00"),
        ("2026-03-06T23:00:00+00:00", "America/New_York", "2026-03-09T18:00:00+00:00"),
        # It is Monday there already.
        ("2026-03-08T12:00:00+00:00", "Pacific/Kiritimati", "2026-03-10T00:00:00+00:00"),
        ("2026-03-07T00:30:00+00:00", "UTC", "2026-03-09T14:00:00+00:00"),
        ("2026-03-04T10:00:00+00:00", "Asia/Kathmandu", "2026-03-05T08:15:00+00:00"),
    ],
)
def test_weekends_and_changing_clocks_are_minded(resolved: str, zone: str, utc: str) -> None:
    meeting = postmortem_after(datetime.fromisoformat(resolved), ZoneInfo(zone))
    assert meeting.astimezone(UTC).isoformat() == utc


def test_a_zone_that_this_machine_does_not_know_any_more_holds_nothing_up() -> None:
    assert zone_of("Atlantis/Sunken") is UTC


def test_the_handles_of_people_are_nobodys_business() -> None:
    text = "@alice, @ALICE and (@oncall) look at it; @alice-extra and a@example.com do not"
    assert without_handles(text, a_payment_site()) == (
        "a colleague, a colleague and (a colleague) look at it; @alice-extra and a@example.com do not"
    )


@given(st.text(max_size=300))
def test_words_that_are_taken_are_taken_as_they_are_the_second_time(text: str) -> None:
    for read in (headline, statement):
        try:
            once = read(text)
        except ValueError:
            continue
        assert read(once) == once


@pytest.mark.parametrize("text", ["", "   ", "x" * 201])
def test_a_headline_has_words_and_not_too_many(text: str) -> None:
    with pytest.raises(ValueError, match=r"words|long"):
        headline(text)
