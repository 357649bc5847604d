"""Values that a person writes in a form of their own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsctl.core.fields import Span


@given(st.integers(0, Span.MOST_SECONDS).map(Span))
def test_a_span_reads_back_from_its_text(span: Span) -> None:
    assert Span.parse(str(span)) == span


@pytest.mark.parametrize(
    ("text", "seconds", "canonical"),
    [
        ("90s", 90, "1m30s"),
        ("15m", 900, "15m"),
        ("1h", 3600, "1h"),
        ("2d", 172_800, "2d"),
        ("1h30m", 5400, "1h30m"),
        ("90m", 5400, "1h30m"),
        ("48H", 172_800, "2d"),
        (" 1d1s ", 86_401, "1d1s"),
        ("0s", 0, "0s"),
        ("007m", 420, "7m"),
    ],
)
def test_spans_are_written_the_usual_ways(text: str, seconds: int, canonical: str) -> None:
    span = Span.parse(text)
    assert span.seconds == span.delta.total_seconds() == seconds
    assert str(span) == canonical


@pytest.mark.parametrize(
    "text", ["yesterday", "", " ", "1", "h", "30m1h", "1h1h", "-1h", "1.5h", "1 h", "٣h", "1h;", "1e9s"]
)
def test_what_is_no_span_is_told_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="is not a length of time; write 90s, 15m, 1h, 2d or 1h30m"):
        Span.parse(text)


@pytest.mark.parametrize("text", ["3661d", "999999999d", "999999999d999999999h"])
def test_a_span_beyond_ten_years_is_too_long(text: str) -> None:
    with pytest.raises(ValueError, match="too long; 3660d is the most"):
        Span.parse(text)


def test_a_text_of_any_length_is_refused_with_a_short_message() -> None:
    with pytest.raises(ValueError, match="not a length of time") as caught:
        Span.parse("9" * 100_000 + "d")
    assert len(str(caught.value)) < 200
