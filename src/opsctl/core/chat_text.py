"""Chat text is not shell text: what a platform delivers is put back to what the person meant, then split into words.

`clean` undoes what chat clients and platforms do to a typed line. `split` and `quoted` are exact inverses of each
other and change nothing.
"""

import re
from collections.abc import Mapping, Sequence

from opsctl.core.errors import UsageError

LINE_BYTES = 8 * 1024
"""The longest line anybody may type, in UTF-8."""

_DOUBLE = "“”„‟«»＂"
_SINGLE = "‘’‚‛"
_DASHES = "‐‑‒–—―−"

# The patterns are compiled when they are first used, and kept by `re`: few lines in a terminal need any of them.

# Links and mentions as platforms write them. One pass together with the entities, so that nothing is undone twice.
_MARKUP = (
    r"<(?P<sigil>[@#!])!?(?P<id>[^<>|\s]+)(?:\|(?P<name>[^<>]*))?>"
    r"|<(?P<url>(?:[a-z][a-z0-9+.-]*://|mailto:|tel:)[^<>|\s]+)(?:\|(?P<label>[^<>]*))?>"
    r"|&(?P<entity>amp|lt|gt);"
)
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">"}

# Zero-width spaces, soft hyphens and direction marks. Joiners stay: emoji and several scripts need them.
_INVISIBLE = "[\u00ad\u200b\u200e\u200f\u2060\u2066-\u2069\u202a-\u202e\ufeff]"
_SPACES = "[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]"

# What may not stand in a line: it could move the cursor, end the line, or show an approver another text than the one
# that counts (direction overrides).
_FORBIDDEN = "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
_SURROGATE = "[\ud800-\udfff]"

# A group that opens with a straight quote is verbatim; one that opens with a typographic quote was typed straight and
# changed by the client, so everything in it was. Possessive, and each closed or running to the end: linear time.
_TYPED = (
    rf'(?s)(?P<verbatim>"(?:[^"\\]|\\.?)*+")'
    rf'|(?P<group>["{_DOUBLE}](?:[^"{_DOUBLE}\\]|\\.?)*+["{_DOUBLE}])'
    rf'|(?P<open>["{_DOUBLE}].*\Z)'
    r"|(?P<ticks>`+)"
    rf"|(?<![^\s`])(?P<dash>-*[{_DASHES}][-{_DASHES}]*)(?P<short>[^\W\d_](?=[\s=`]|\Z)|(?=\d))?"
    rf"|(?P<single>[{_SINGLE}])"
)
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@=,+")
_STRAIGHT = str.maketrans({**dict.fromkeys(_DOUBLE, '"'), **dict.fromkeys(_SINGLE, "'")})

_PIECE = r'(?s)"((?:[^"\\]|\\.?)*+)"|([^\s"]+)|(\s+)|(")'
_ESCAPED = r'\\(["\\])'


def clean(text: str, people: Mapping[str, str] | None = None) -> str:
    """The line that the person meant: straight quotes, plain dashes and spaces, no markup, no code ticks.

    `people` maps the platform's user ids to handles. A mention of anybody else becomes "@" and the id: the name that
    stands beside it is chosen by its owner and proves nothing.
    """
    plain = re.sub(_MARKUP, lambda match: _plain(match, people or {}), text)
    spaced = re.sub(_SPACES, " ", re.sub(_INVISIBLE, "", plain))
    return re.sub(_TYPED, _typed, spaced).strip()


def split(text: str) -> list[str]:
    r"""The words of a clean line. Only double quotes group; in them `\"` and `\\` stand for the character itself.

    Raises UsageError where a quote is left open.
    """
    words: list[str] = []
    is_inside = False
    for match in re.finditer(_PIECE, text):
        grouped, bare, space, unbalanced = match.groups()
        if unbalanced:
            raise UsageError(
                "A double quote is opened and not closed.",
                means="Nothing was done.",
                do='Close it, or write \\" inside quotes for a quote that belongs to the text.',
            )
        if space:
            is_inside = False
            continue
        piece = bare if grouped is None else re.sub(_ESCAPED, r"\1", grouped)
        if is_inside:
            words[-1] += piece
        else:
            words.append(piece)
        is_inside = True
    return words


def quoted(word: str) -> str:
    """The word as it stands in a line: in double quotes where it would otherwise be read as something else."""
    if word and _PLAIN.issuperset(word):
        return word
    if word and '"' not in word and clean(word) == word and split(word) == [word]:
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def check_text(text: str) -> None:
    """Refuse what is too long to be looked at, or is not text at all. Raises UsageError."""
    if not text.isascii() and re.search(_SURROGATE, text):
        raise _refused("The line is not valid UTF-8.", "Type it again; mind the encoding of the terminal or script.")
    size = len(text.encode())
    if size > LINE_BYTES:
        raise _refused(f"The line is {size} bytes long, and {LINE_BYTES} is the most.", "Make it shorter.")


def check_words(words: Sequence[str]) -> None:
    """Refuse what no line may hold: as `check_text`, and control characters. Raises UsageError."""
    line = " ".join(words)
    check_text(line)
    if not line.isprintable() and (found := re.search(_FORBIDDEN, line)):
        raise _refused(
            f"The line holds the control character U+{ord(found.group()):04X}.",
            "Type it again, as one line of plain text.",
        )


def _refused(happened: str, do: str) -> UsageError:
    return UsageError(happened, means="Nothing was done.", do=do, reason="unreadable")


def _plain(match: re.Match[str], people: Mapping[str, str]) -> str:
    if entity := match["entity"]:
        return _ENTITIES[entity]
    if sigil := match["sigil"]:
        return _mention(sigil, match["id"], match["name"] or "", people)
    return _entities(match["label"] or match["url"].removeprefix("mailto:").removeprefix("tel:"))


def _mention(sigil: str, identifier: str, name: str, people: Mapping[str, str]) -> str:
    if sigil == "@":
        return people.get(identifier, f"@{identifier}")
    if sigil == "#":
        return f"#{_entities(name) or identifier}"
    return f"@{(_entities(name) or identifier).removeprefix('@')}"


def _entities(text: str) -> str:
    return re.sub("&(amp|lt|gt);", lambda match: _ENTITIES[match[1]], text)


def _typed(match: re.Match[str]) -> str:
    match match.lastgroup:
        case "group" | "open" | "single":
            return match.group().translate(_STRAIGHT)
        case "dash" | "short":
            # Clients turn "--" into one long dash, and sometimes "-" too. Only "-x" and "-1" have a single one.
            letter = match["short"]
            return "--" if letter is None else f"-{letter}"
        case "ticks":
            return ""
        case _:
            return match.group()
