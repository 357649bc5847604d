"""Where each key and each value of a TOML text stands.

`tomllib` says what a text means and not where. This reads the same text once more for the places alone; it expects a
text that `tomllib` took, and checks nothing.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import count
from typing import TypeAlias

Keys: TypeAlias = tuple[str | int, ...]
Position: TypeAlias = tuple[int, int]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[^\s=.\]\[\"',{}#]+")
# A date and its time may be parted by a space; anything else ends there.
_SCALAR = re.compile(r"\d{4}-\d\d-\d\d \d\d:[^\s,\]}#]*|[^\s,\]}#]+")
_STRING = re.compile(
    r'"""(?:\\.|(?!"""(?!")).)*"""'
    r"|'''(?:(?!'''(?!')).)*'''"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)


def positions(text: str) -> Mapping[Keys, Position]:
    """(line, column), from 1, of every table, key and list item, by its path of keys and indices."""
    scan = _Scan(text)
    scan.document()
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    return {keys: _position(starts, offset) for keys, offset in scan.found.items()}


def _position(starts: list[int], offset: int) -> Position:
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1


class _Scan:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Keys, int] = {}
        self.lengths: dict[Keys, int] = {}

    def document(self) -> None:
        table: Keys = ()
        self.blank()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.blank()

    def header(self) -> Keys:
        is_list = self.text.startswith("[[", self.at)
        self.at += 2 if is_list else 1
        keys = self.path((), items=True)
        self.at += 2 if is_list else 1
        if not is_list:
            return self.last_item(keys)
        index = self.lengths.get(keys, 0)
        self.lengths[keys] = index + 1
        self.found[(*keys, index)] = self.at - 2
        return (*keys, index)

    def pair(self, table: Keys) -> None:
        keys = self.path(table, items=False)
        self.at += 1  # the equals sign
        self.blank()
        self.value(keys)

    def path(self, start: Keys, *, items: bool) -> Keys:
        """Read a dotted key; `items`: a name on the way that is a list of tables stands for its last one."""
        keys = start
        while True:
            self.blank()
            keys = self.last_item(keys) if items else keys
            offset = self.at
            keys = (*keys, self.key())
            self.found.setdefault(keys, offset)
            self.blank()
            if self.text[self.at] != ".":
                return keys
            self.at += 1

    def last_item(self, keys: Keys) -> Keys:
        return (*keys, self.lengths[keys] - 1) if keys in self.lengths else keys

    def key(self) -> str:
        if self.text[self.at] in "\"'":
            return str(tomllib.loads(f"key = {self.take(_STRING)}")["key"])
        return self.take(_BARE)

    def value(self, keys: Keys) -> None:
        match self.text[self.at]:
            case "[":
                self.items(keys)
            case "{":
                self.inline_table(keys)
            case '"' | "'":
                self.take(_STRING)
            case _:
                self.take(_SCALAR)

    def items(self, keys: Keys) -> None:
        for index in self.until("]"):
            self.found[(*keys, index)] = self.at
            self.value((*keys, index))

    def inline_table(self, keys: Keys) -> None:
        for _ in self.until("}"):
            self.pair(keys)

    def until(self, end: str) -> Iterator[int]:
        """Count what stands between brackets, parted by commas; the caller reads each."""
        self.at += 1
        for index in count():
            self.blank()
            if self.text[self.at] == ",":
                self.at += 1
                self.blank()
            if self.text[self.at] == end:
                self.at += 1
                return
            yield index

    def blank(self) -> None:
        self.take(_BLANK)

    def take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        assert match, "tomllib took this text"
        self.at = match.end()
        return match.group()
