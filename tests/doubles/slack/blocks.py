"""Slack's limits on what a message may hold. https://docs.slack.dev/reference/block-kit/blocks"""

from collections.abc import Iterator
from typing import Any

MOST_TEXT = 40_000
MOST_BLOCKS = 50
MOST_SECTION = 3_000

_RICH = {
    "rich_text_section": {"text", "user", "link", "emoji", "channel", "usergroup", "broadcast", "date"},
    "rich_text_preformatted": {"text", "link"},
    "rich_text_list": {"rich_text_section"},
    "rich_text_quote": {"text", "user", "link", "emoji"},
}


def problems(blocks: list[dict[str, Any]]) -> Iterator[str]:
    """What Slack would not take, one line each."""
    if len(blocks) > MOST_BLOCKS:
        yield f"more than {MOST_BLOCKS} blocks"
    for block in blocks:
        match block.get("type"):
            case "section":
                yield from _text(block.get("text", {}), MOST_SECTION)
            case "context":
                for element in block["elements"]:
                    yield from _text(element, MOST_SECTION)
            case "actions":
                yield from _actions(block["elements"])
            case "rich_text":
                yield from _rich(block["elements"])
            case "divider" | "header":
                pass
            case kind:
                yield f"no block {kind!r}"


def _text(text: dict[str, Any], most: int) -> Iterator[str]:
    if text.get("type") not in ("mrkdwn", "plain_text"):
        yield f"no text {text!r}"
    if not 0 < len(text.get("text", "")) <= most:
        yield f"a text of {len(text.get('text', ''))} characters"


def _actions(elements: list[dict[str, Any]]) -> Iterator[str]:
    if not 0 < len(elements) <= 25:
        yield f"{len(elements)} elements in a block of actions"
    names = [element["action_id"] for element in elements]
    if len(set(names)) < len(names):
        yield "an action_id stands twice"
    for element in elements:
        yield from _text(element["text"], 75)
        if element["text"]["type"] != "plain_text" or len(element.get("value", "")) > 2000:
            yield "a button's text is plain, and its value at most 2000 characters"
        if element.get("style", "primary") not in ("primary", "danger"):
            yield f"no style {element['style']!r}"


def _rich(elements: list[dict[str, Any]]) -> Iterator[str]:
    for element in elements:
        allowed = _RICH.get(element.get("type", ""))
        if allowed is None:
            yield f"no element {element.get('type')!r} in rich_text"
            continue
        if not element["elements"]:
            yield "an empty element in rich_text"
        for inner in element["elements"]:
            if inner.get("type") not in allowed:
                yield f"no {inner.get('type')!r} in {element['type']}"
            if inner.get("type") == "text" and not 0 < len(inner["text"]) <= MOST_SECTION:
                yield f"a text of {len(inner['text'])} characters"
