"""Long lines in a narrow window: folded between words, and never inside what a person may want to copy."""

import re

from opsctl.terminal.text import width

# A command that somebody is told to type, up to its end or a wider gap; but not the pattern that a usage line shows.
_COMMAND = r"(?:(?<=: )(?<!^Usage: )|(?<=^  ))opsctl \S.*?(?=   |$)"
_OPTION = r"\[-[^\]]*\]"
_WHOLE = f"{_COMMAND}|{_OPTION}"

_LABEL = r" *\S+(?: \S+)*  +(?=\S)"
_MARK = r" *(?:[^\w\s] )?"


def folded(text: str, columns: int) -> list[tuple[int, int, int]]:
    """The lines that the text takes, each as (blanks before it, where it begins in the text, where it ends).

    Further lines stand under what follows a label ("  release   v2.4.0 → v2.4.1"), unless the label takes up more
    than half of the window; then the rest begins below it. A word or a command that is wider than the window is left
    to the terminal, which copies it whole.
    """
    margin = len(text) - len(text.lstrip(" "))
    mark, label = re.match(_MARK, text), re.match(_LABEL, text[:columns])
    hang, below = min(mark.end() if mark else 0, columns // 4) + 2, -1
    if label and label.end() <= columns // 2:
        hang = label.end()
    elif label:
        below = label.end()
    lines: list[tuple[int, int, int]] = []
    at = 0
    for begin, end in _words(text):
        size = width(text[begin:end])
        if lines and begin != below and at + (begin - lines[-1][2]) + size <= columns:
            indent, line_begin, line_end = lines.pop()
            at += begin - line_end + size
            lines.append((indent, line_begin, end))
        else:
            indent = max(0, min(hang if lines else margin, columns - size))
            at = indent + size
            lines.append((indent, begin, end))
    return lines


def _words(text: str) -> list[tuple[int, int]]:
    glued = re.sub(_WHOLE, lambda match: match[0].replace(" ", "\0"), text)
    return [match.span() for match in re.finditer("[^ ]+", glued)]
