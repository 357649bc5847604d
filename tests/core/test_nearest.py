"""A wrong name is answered with the right one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsctl.core.nearest import did_you_mean, nearest

PLACES = ("development", "staging", "production")


@pytest.mark.parametrize(
    ("word", "close"),
    [
        ("prodution", "production"),
        ("prod", "production"),
        ("PRODUCTION", "production"),
        ("dev", "development"),
        ("stagign", "staging"),
    ],
)
def test_a_slip_finds_the_name_that_was_meant(word: str, close: str) -> None:
    assert nearest(word, PLACES)[0] == close


@pytest.mark.parametrize("word", ["", "x", "moon", "p", "production" * 20])
def test_nothing_is_offered_where_nothing_is_close(word: str) -> None:
    assert nearest(word, PLACES) == ()


def test_names_that_differ_only_in_case_are_all_offered() -> None:
    assert set(nearest("api", ("API", "Api", "db"))) == {"API", "Api"}


def test_a_sentence_names_the_close_ones_or_all_that_there_are() -> None:
    assert did_you_mean("stagin", PLACES) == "Did you mean staging?"
    assert did_you_mean("moon", PLACES) == "There is: development, production, staging."
    assert did_you_mean("moon", ()) == "There is none yet."
    assert did_you_mean("x", [f"n{at:02}" for at in range(14)]).endswith("n10, n11 and 2 more.")


@given(st.text(max_size=30), st.lists(st.text(max_size=10), max_size=10))
def test_only_known_names_are_offered_each_once_and_few(word: str, known: list[str]) -> None:
    close = nearest(word, known)
    assert set(close) <= set(known)
    assert len(close) == len(set(close)) <= 3
