"""The five questions of `init`: each answer is read as it is typed, and asked for again with the reason if need be."""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from opsctl.core.errors import UsageError
from opsctl.settings import names
from opsctl.settings.templates import Answers
from opsctl.terminal.errors import draw_error
from opsctl.terminal.ink import Ink
from opsctl.terminal.prompt import ask_line


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for one of the answers. `read` raises ValueError, with the reason, for an answer that can't be."""

    answer: str
    text: str
    default: str
    read: Callable[[str], Any]


def questions(user: str) -> tuple[Question, ...]:
    """The questions to the operating system's user of that name."""
    return (
        Question("site", "What is the site called", "my-site", names.name),
        Question("handle", "What is your handle", _handle_of(user), names.handle),
        Question("team", "What is your team called", "my-team", names.name),
        Question("service", "What is your first service called", "my-service", names.name),
        Question(
            "environments",
            "Where does it run, the protected environment last",
            "development staging production",
            environments,
        ),
    )


def defaults(user: str, uid: int) -> Answers:
    """The answers of somebody who is not asked."""
    return Answers(uid=uid, **{one.answer: one.read(one.default) for one in questions(user)})


def asked(user: str, uid: int) -> Answers:
    """The answers of the person at the terminal.

    Raises UsageError where the input ends before all are given, KeyboardInterrupt for Ctrl-C.
    """
    err = Ink(sys.stderr)
    err.line("Five questions. Enter takes what stands in brackets, Ctrl-C leaves with nothing written.")
    return Answers(uid=uid, **{one.answer: _answer(one, err) for one in questions(user)})


def environments(text: str) -> tuple[str, ...]:
    """The names of environments, parted by blanks or commas. Raises ValueError."""
    found = tuple(names.environment(name) for name in re.split(r"[\s,]+", text.strip(", ")))
    twice = next((name for name in found if found.count(name) > 1), None)
    if twice:
        raise ValueError(f"{twice} stands there twice")
    return found


def _answer(question: Question, err: Ink) -> Any:
    while True:
        typed = ask_line(f"{question.text}? [{question.default}] ")
        if typed is None:
            raise UsageError(
                "The input ended before the questions were answered.",
                means="Nothing was written.",
                do="Ask again with: opsctl init; or take the defaults: opsctl init --yes",
            )
        try:
            return question.read(typed.strip() or question.default)
        except ValueError as error:
            draw_error(err, f"{str(error)[:1].upper()}{str(error)[1:]}.")


def _handle_of(user: str) -> str:
    """A handle that is like the user's name, which may hold what no handle may."""
    like = re.sub(r"[^a-z0-9._-]+", "-", user.lower()).strip("._-")[:63].rstrip("._-")
    return f"@{like or 'me'}"
