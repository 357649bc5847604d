"""A post becomes a Slack message: rich text, in which nothing that a person or a service wrote is markup.

A `rich_text` block takes text as it is: no mention, link or emphasis can come out of it that is not an element of its
own. https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from opsctl.core.masking import masked
from opsctl.core.post import Action, Button, Post

BLOCK_ID = "opsctl"
MOST_TEXT = 3_000
"""Characters of one element; a section takes no more either."""

MOST_PIECES = 4
"""Elements of text in a message: what is longer than these hold goes into a file."""

MOST_BLOCK = 2_900
MOST_FALLBACK = 1_000

_STYLES = {Action.APPROVE: "primary", Action.CONFIRM: "primary", Action.REJECT: "danger"}
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_JOINER = "\u200d"


@dataclass(frozen=True, slots=True)
class Rendered:
    """What Slack is sent. `text` is for notifications; `file` is what was too long to be shown, empty for nothing."""

    text: str
    blocks: list[dict[str, Any]]
    file: str = ""


def rendered(post: Post, accounts: Mapping[str, str]) -> Rendered:
    """The message, with secrets masked; `accounts` maps handles to Slack's user ids, for those whom it must reach."""
    text, block = (_clean(str(masked(part))) for part in (post.text, post.block))
    shown, rest = text[: MOST_TEXT * MOST_PIECES], text[MOST_TEXT * MOST_PIECES :]
    excerpt = _excerpt(block)
    calls = {handle: accounts[handle] for handle in post.calls if handle in accounts}
    elements = [*_sections(shown, calls, post.links)]
    if excerpt:
        elements.append({"type": "rich_text_preformatted", "elements": [{"type": "text", "text": excerpt}]})
    blocks: list[dict[str, Any]] = [{"type": "rich_text", "elements": elements}] if elements else []
    if post.buttons:
        blocks.append({"type": "actions", "block_id": BLOCK_ID, "elements": [*map(_button, post.buttons)]})
    whole = "\n".join(part for part in (text if rest else "", block if excerpt != block else "") if part)
    return Rendered(escaped(text or block)[:MOST_FALLBACK], blocks, whole)


def escaped(text: str) -> str:
    """The text as it is, for where Slack would read markup.

    https://docs.slack.dev/messaging/formatting-message-text
    """
    return "".join(_ESCAPES.get(letter, letter) for letter in text)


def _clean(text: str) -> str:
    """Without control characters, and what turns the direction of writing; emoji stay joined."""
    return "".join(letter for letter in text if letter.isprintable() or letter in ("\n", "\t", _JOINER))


def _excerpt(block: str) -> str:
    if len(block) <= MOST_BLOCK:
        return block
    kept = block[:MOST_BLOCK]
    kept = kept[: kept.rfind("\n")] if "\n" in kept else kept
    return f"{kept}\n… the whole is in the file"


def _sections(text: str, calls: Mapping[str, str], links: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    pieces = [*_pieces(text, calls, links)]
    unseen = [user for handle, user in calls.items() if not re.search(_handle(handle), text)]
    for user in unseen:
        pieces += [{"type": "text", "text": " "}, {"type": "user", "user_id": user}]
    if pieces:
        yield {"type": "rich_text_section", "elements": pieces}


def _pieces(text: str, calls: Mapping[str, str], links: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Text, mentions and links, in order."""
    special = "|".join([*map(re.escape, links), *map(_handle, calls)])
    for part in re.split(f"({special})", text) if special else [text]:
        if part in calls:
            yield {"type": "user", "user_id": calls[part]}
        elif part in links:
            yield {"type": "link", "url": part}
        else:
            for start in range(0, len(part), MOST_TEXT):
                yield {"type": "text", "text": part[start : start + MOST_TEXT]}


def _handle(handle: str) -> str:
    return rf"(?<![\w@]){re.escape(handle)}(?![\w-])"


def _button(button: Button) -> dict[str, Any]:
    style = _STYLES.get(button.action)
    return {
        "type": "button",
        "action_id": button.action.value,
        "text": {"type": "plain_text", "text": button.label},
        "value": json.dumps({"operation": button.operation, "plan": button.plan}),
        **({"style": style} if style else {}),
    }
