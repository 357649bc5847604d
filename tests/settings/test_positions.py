import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsctl.settings.positions import Keys, positions

NASTY = '''\
# a comment [with] = signs
top = "a # no comment \\" [x]" # a comment
"quoted key" = 'C:\\path'
'' = 1
dotted . "two words".three = 1979-05-27 07:32:00
times = [ 1979-05-27 07:32:00Z, 07:32:00 ] # two
long = """
[not.a.table]
x = 1 \\""" still""""
long2 = \'\'\'
[[nor]] \'\' this\'\'\'\'
list = [
  1, # one ]
  { a = 1, b.c = [ "x", "]" ] },
  [ ],
]
[ table . "sub table" ]
x = +inf
[[items]]
name = 1
[items.below]
deep = true
[[items.more]]
[[items.more]]
n = 0x_f
[[items]]
[items.below]
deep = { e = {} }
'''.replace("0x_f", "0xf")


def paths(value: Any, keys: Keys = ()) -> set[Keys]:
    items = enumerate(value) if isinstance(value, list) else ()
    inside = list(value.items() if isinstance(value, dict) else items)
    return {(*keys, key) for key, _ in inside}.union(*(paths(one, (*keys, key)) for key, one in inside))


def test_every_key_and_item_of_a_text_has_a_place() -> None:
    assert set(positions(NASTY)) == paths(tomllib.loads(NASTY))


def test_a_place_is_the_line_and_column_where_a_key_or_an_item_begins() -> None:
    found = positions(NASTY)
    lines = NASTY.splitlines()
    named = {
        ("top",): "top",
        ("quoted key",): '"quoted key"',
        ("dotted", "two words", "three"): "three",
        ("times", 1): "07:32:00",
        ("list", 1): "{ a",
        ("list", 1, "b", "c", 1): '"]"',
        ("table", "sub table"): '"sub table"',
        ("items", 0, "below", "deep"): "deep = true",
        ("items", 0, "more", 1, "n"): "n = 0xf",
        ("items", 1, "below", "deep", "e"): "e = {}",
    }
    for keys, text in named.items():
        line, column = found[keys]
        assert lines[line - 1][column - 1 :].startswith(text), keys


def written(value: Any, draw: Any) -> str:
    """The value as TOML, in any of the ways in which it may be written."""
    match value:
        case bool() | int():
            return json.dumps(value)
        case str():
            return text_written(value, draw)
        case list():
            gap = draw(st.sampled_from([" ", "\n", "\n  # ] comment\n"]))
            return f"[{gap}{f',{gap}'.join(written(one, draw) for one in value)}{gap}]"
        case dict():
            return "{" + ", ".join(f"{text_quoted(key)} = {written(one, draw)}" for key, one in value.items()) + "}"
    raise AssertionError(value)


def text_written(text: str, draw: Any) -> str:
    ways = [text_quoted(text), f'"""\n{text_quoted(text)[1:-1]}"""']
    if text.isprintable() and "'" not in text:
        ways += [f"'{text}'", f"'''{text}'''"]
    return str(draw(st.sampled_from(ways)))


def text_quoted(text: str) -> str:
    return json.dumps(text)


KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], max_codepoint=0xFFFF), max_size=6)
VALUES = st.recursive(
    st.booleans() | st.integers(-9, 9) | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


def document(data: dict[str, Any], draw: Any, above: tuple[str, ...] = ()) -> str:
    """A table's own values first, then the tables below it, as TOML asks for."""
    below = {key: one for key, one in data.items() if is_table(one) and draw(st.booleans())}
    lines = [f"{text_quoted(key)} = {written(one, draw)}\n" for key, one in data.items() if key not in below]
    for key, one in below.items():
        header = ".".join(map(text_quoted, (*above, key)))
        if isinstance(one, dict):
            lines.append(f"[{header}] # table\n{document(one, draw, (*above, key))}")
        else:
            lines += [f"\n[[ {header} ]]\n{document(item, draw, (*above, key))}" for item in one]
    return "".join(lines)


def is_table(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)
    )


@given(st.dictionaries(KEYS, VALUES, max_size=4), st.data())
def test_whatever_is_written_has_its_places(data: dict[str, Any], choices: st.DataObject) -> None:
    text = document(data, choices.draw)
    assert tomllib.loads(text) == data
    assert set(positions(text)) == paths(data)


@given(
    st.integers(0, len(NASTY) - 1), st.sampled_from(["", "\n", " ", "#", '"', "'", "[", "]", "{", "}", ",", "=", "."])
)
def test_what_tomllib_takes_has_its_places_even_after_a_slip_of_the_hand(at: int, slip: str) -> None:
    text = NASTY[:at] + slip + NASTY[at + 1 :]
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(positions(text)) == paths(data)


@pytest.mark.parametrize("text", ["", "\n", "# x", "\r\n a = 1\r\n"])
def test_an_almost_empty_text_has_few_places(text: str) -> None:
    assert set(positions(text)) == paths(tomllib.loads(text))
