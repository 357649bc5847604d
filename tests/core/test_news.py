"""When one who waits looks at the store again."""

from dataclasses import dataclass

from opsctl.core.news import News


@dataclass
class Telling:
    """A store as far as it tells that somebody wrote."""

    count: int = 0

    def heard(self):
        return self.count


def test_a_look_is_due_once_after_each_write_that_was_heard_of():
    store = Telling()
    news = News(store)
    assert not news.is_due()
    store.count += 1
    assert news.is_due()
    assert not news.is_due()


def test_what_is_written_between_the_question_and_the_look_is_another_reason_to_look():
    store = Telling()
    news = News(store)
    store.count += 2
    assert news.is_due()
    store.count += 1
    assert news.is_due()
