"""The room as a terminal shows it."""

from typing import TYPE_CHECKING, assert_never

from opsctl.core.room_facts import RoomFact, RoomLink, RoomMessages
from opsctl.core.shown import span
from opsctl.terminal.ink import Ink, Piece, Tone

if TYPE_CHECKING:
    from opsctl.core.room import Message


def draw(answer: RoomFact, out: Ink, err: Ink) -> None:
    """Draw an answer: messages and links on `out`, words about them on `err`."""
    match answer:
        case RoomMessages():
            _messages(answer, out)
        case RoomLink():
            out.line(answer.address)
            err.line((Tone.QUIET, f"Opens the room as {answer.person}: once, within {span(answer.seconds)}."))
        case _ as never:
            assert_never(never)


def _messages(answer: RoomMessages, out: Ink) -> None:
    """One after the other; what answers another one stands below it, further in."""
    for message in answer.rows:
        channel = f"{message.channel} " if answer.wide else ""
        _message(message, "    " if message.thread else "", channel, out)
    out.flush()


def _message(message: "Message", indent: str, channel: str, out: Ink) -> None:
    when = f"{message.at.astimezone():%H:%M} "
    first, *others = message.post.text.splitlines() or [""]
    head: list[Piece] = [indent, (Tone.QUIET, when + channel), (Tone.STRONG, message.author), "  "]
    private = (Tone.QUIET, "  (only you see this)") if message.audience else ""
    out.line(*head, first, private)
    for line in (*others, *message.post.block.splitlines()):
        out.line(f"{indent}      {line}")
    if message.reactions:
        given = "  ".join(f"{emoji} {', '.join(people)}" for emoji, people in message.reactions)
        out.line((Tone.QUIET, f"{indent}      {given}"))
