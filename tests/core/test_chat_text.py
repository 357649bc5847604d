"""Chat text is put back to what the person meant."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from opsctl.core.chat_text import LINE_BYTES, check_text, check_words, clean, quoted, split
from opsctl.core.errors import UsageError

PEOPLE = {"U1": "@alice", "U2": "@bob"}


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("deploy order-service v2.4.1 production", "deploy order-service v2.4.1 production"),
        ("  deploy \n", "deploy"),
        # typographic quotes, as telephones, Macs and several languages write them
        ("incident create “Checkout down”", 'incident create "Checkout down"'),
        ("incident create „Kasse tot“", 'incident create "Kasse tot"'),
        ("incident create «Caisse»", 'incident create "Caisse"'),
        ('incident create “Checkout"', 'incident create "Checkout"'),
        ('incident create "Checkout”', 'incident create "Checkout"'),
        ("incident create “say \\“hi\\””", 'incident create "say \\"hi\\""'),
        ("it’s", "it's"),
        ("“it’s”", '"it\'s"'),
        # what stands in straight quotes was typed by somebody whose client changes nothing
        ('create "they say “no” — it’s `x`"', 'create "they say “no” — it’s `x`"'),
        # dashes: only at a word's start, outside quotes
        ("x —severity high", "x --severity high"),
        ("x –severity high", "x --severity high"),
        ("x —s high", "x -s high"),
        ("x −1", "x -1"),
        ("x –1", "x -1"),
        ("x — y", "x -- y"),
        ("—help", "--help"),
        ("`—help`", "--help"),
        ("x —wait=1h", "x --wait=1h"),
        ("a—b order–service", "a—b order–service"),
        ("“— not an option”", '"— not an option"'),
        ("x --force", "x --force"),
        # entities, once
        ("a &amp; b &lt;c&gt;", "a & b <c>"),
        ("&amp;amp; &amp;lt;", "&amp; &lt;"),
        ("“A &amp; B”", '"A & B"'),
        ("&quot; &nbsp;", "&quot; &nbsp;"),
        # links that the platform made of plain text
        ("logs <http://example.com|example.com>", "logs example.com"),
        ("see <https://x.y/z?a=1&amp;b=2>", "see https://x.y/z?a=1&b=2"),
        ("who <mailto:a@b.c|a@b.c>", "who a@b.c"),
        ("who <mailto:a@b.c>", "who a@b.c"),
        ("call <tel:+4930|+49 30>", "call +49 30"),
        ("“see <http://x|x>”", '"see x"'),
        ("&lt;http://x|y&gt;", "<http://x|y>"),
        ("<none> a<b <", "<none> a<b <"),
        # mentions: the id counts, not the name beside it
        ("assign <@U1>", "assign @alice"),
        ("assign <@U1|mallory>", "assign @alice"),
        ("assign <@U9|alice>", "assign @U9"),
        ("assign <@!U2>", "assign @bob"),
        ("in <#C1|deployments>", "in #deployments"),
        ("in <#C1|>", "in #C1"),
        ("in <#C1>", "in #C1"),
        ("tell <!here> <!subteam^S1|@leads>", "tell @here @leads"),
        # spaces that are none, and characters that nobody sees
        ("deploy\u00a0order-service\u202fv1\u3000x\ty", "deploy order-service v1 x y"),
        ("order-\u200bservice\ufeff \u2068x\u2069\u200e", "order-service x"),
        ("👩‍👩‍👧 می‌خواهم", "👩‍👩‍👧 می‌خواهم"),
        # code ticks
        ("`deploy order-service`", "deploy order-service"),
        ("```\ndeploy order-service\n```", "deploy order-service"),
        ('`logs x --grep "a  `b"`', 'logs x --grep "a  `b"'),
    ],
)
def test_a_line_is_put_back_to_what_was_typed(sent: str, meant: str) -> None:
    assert clean(sent, PEOPLE) == meant


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("  a   b ", ["a", "b"]),
        ('a "b c" d', ["a", "b c", "d"]),
        ('""', [""]),
        ('a"b c"d', ["ab cd"]),
        ('--grep="a b"', ["--grep=a b"]),
        (r'"say \"hi\" \\ \n"', [r'say "hi" \ \n']),
        (r"c:\dir \" x".replace('"', ""), ["c:\\dir", "\\", "x"]),
        ("it's bob's", ["it's", "bob's"]),
        ("'a b'", ["'a", "b'"]),
    ],
)
def test_only_double_quotes_group_words(line: str, words: list[str]) -> None:
    assert split(line) == words


@pytest.mark.parametrize("line", ['"', 'a "b', '"a" "', '"a\\"', "a “b", "„a \\“", 'a"'])
def test_an_open_quote_is_refused_with_what_to_do(line: str) -> None:
    with pytest.raises(UsageError) as caught:
        split(clean(line))
    assert caught.value.lines[0] == "A double quote is opened and not closed."
    assert len(caught.value.lines) == 3


@given(st.lists(st.text()))
@example(["", '"', "\\", '\\"', "“", "—x", "`"])
def test_quoted_words_are_split_into_the_same_words(words: list[str]) -> None:
    assert split(" ".join(quoted(word) for word in words)) == words


visible = st.characters(exclude_categories=("Cs", "Cc", "Zs", "Cf"), exclude_characters="&<>") | st.just(" ")


@given(st.lists(st.text(visible)))
@example(["“a", "—b", "`c`", "’", "a “ b", "„"])
def test_cleaning_changes_nothing_in_a_canonical_line(words: list[str]) -> None:
    line = " ".join(quoted(word) for word in words)
    assert clean(line) == line.strip()


@given(st.text())
def test_cleaning_ends_for_every_text(text: str) -> None:
    clean(text, PEOPLE)


@pytest.mark.parametrize(
    "piece", ['"', '\\"', "“", "“\\", "<", "<@", "<http://", "—", "`", "&", "&amp", "“a”", '"\\', "<#a|"]
)
def test_no_text_takes_long_to_clean(piece: str) -> None:
    text = piece * (LINE_BYTES // len(piece.encode()))
    start = time.perf_counter()
    clean(text)
    assert time.perf_counter() - start < 0.25  # quadratic time would be seconds


def test_a_line_of_the_longest_size_is_let_through_and_a_longer_one_is_not() -> None:
    check_text("x" * LINE_BYTES)
    check_words(["x" * (LINE_BYTES - 2), "y"])
    for words in (["x" * (LINE_BYTES + 1)], ["x" * (LINE_BYTES - 1), "y"], ["ü" * (LINE_BYTES // 2 + 1)]):
        with pytest.raises(UsageError, match=f"{LINE_BYTES} is the most"):
            check_words(words)


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\n", "\r", "\t", "\x7f", "\x85", "\u2028", "\u202e", "\u2066"])
def test_control_characters_are_named_and_refused(character: str) -> None:
    with pytest.raises(UsageError, match=f"U\\+{ord(character):04X}"):
        check_words(["deploy", f"a{character}b"])


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(UsageError, match="not valid UTF-8"):
        check_words(["caf\udce9"])
