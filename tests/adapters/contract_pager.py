"""What every pager promises. Its test inherits `PagerContract` and gives it the fixtures `pager` and `calls`."""

from dataclasses import replace
from datetime import UTC, datetime

from opsctl.core.ports import Page

ASKED_AT = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
PAGE = Page(
    "op-7f3k9q", "payment-team", ("@alice", "@bob"), "sev1", "Payments fail", "#inc-20260304-payment", "#ops", ASKED_AT
)


class PagerContract:
    """`calls` tells whom the outside system has called, and with which words, oldest first."""

    def test_everybody_in_the_team_is_called(self, pager, calls):
        pager.page(PAGE)
        ((people, words),) = calls()
        assert set(people) == set(PAGE.people)
        assert PAGE.title in words

    def test_the_same_page_again_calls_nobody_twice(self, pager, calls):
        pager.page(PAGE)
        pager.page(PAGE)
        assert len(calls()) == 1

    def test_another_page_is_another_call(self, pager, calls):
        pager.page(PAGE)
        pager.page(replace(PAGE, key="op-abcdef"))
        assert len(calls()) == 2

    def test_hostile_words_are_words(self, pager, calls):
        hostile = "<script>alert(1)</script> \u202e @everyone *bold* " + "x" * 100
        pager.page(replace(PAGE, title=hostile))
        ((_, words),) = calls()
        assert hostile in words
