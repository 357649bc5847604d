"""Long lines in a narrow window: folded between words, and never inside what a person may want to copy."""

import re

from opsctl.terminal.text import width

# A command that somebody is told to type, up to its end or a wider gap; but not the pattern that a usage line shows.
_COMMAND = r"(?:(?<=: )(?<!^Usage: )|(?<=^  ))opsctl \S.*?(?=   |$)"
_OPTION = r"\[-[^\]]*\]"
_WHOLE = f"{_COMMAND}|{_OPTION}"

_NEAR_EDGE = 4

_LABEL = r" *\S+(?: \S+)*  +(?=\S)"
_MARK = r" *(?:[^\w\s] )?"


def folded(text: str, columns: int) -> list[tuple[int, int, int]]:
    """The lines that the text takes, each as (blanks before it, where it begins in the text, where it ends).

    Further lines stand under what follows a label ("  release   v2.4.0 → v2.4.1"), unless the label takes up more
    than half of the window; then the rest begins below it. A word or a command that is wider than the window is left
    to the terminal, which copies it whole.
    """
    margin = len(text) - len(text.lstrip(" "))
    mark_end, hang, below = _shape(text, columns)
    lines: list[tuple[int, int, int]] = []
    at = 0
    for begin, end in _words(text):
        size = width(text[begin:end])
        if lines:
            indent, line_begin, line_end = lines[-1]
            together = at + begin - line_end + size
            # What fits nowhere at least does not leave a mark alone.
            if begin != below and (together <= columns or (size > columns and line_end < mark_end)):
                lines[-1], at = (indent, line_begin, end), together
                continue
        places = (hang, min(hang, _NEAR_EDGE), 0) if lines else (margin, 0)
        indent = next((place for place in places if place + size <= columns), 0)
        lines.append((indent, begin, end))
        at = indent + size
    return lines


def _shape(text: str, columns: int) -> tuple[int, int, int]:
    """Where the mark before the text ends, how far in its further lines stand, and what begins one of them anyway."""
    mark, label = re.match(_MARK, text), re.match(_LABEL, text[:columns])
    mark_end = mark.end() if mark else 0
    if label and label.end() <= columns // 2:
        return mark_end, label.end(), -1
    return mark_end, min(mark_end, columns // 4) + 2, label.end() if label else -1


def _words(text: str) -> list[tuple[int, int]]:
    glued = re.sub(_WHOLE, lambda match: match[0].replace(" ", "\0"), text)
    return [match.span() for match in re.finditer("[^ ]+", glued)]
