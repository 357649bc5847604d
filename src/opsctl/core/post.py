"""What is posted in a chat, before any platform's markup: words, preformatted text, people to call, buttons."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from opsctl.core.canonical import JSON


class Action(StrEnum):
    """What pressing a button says."""

    APPROVE = "approve"
    REJECT = "reject"
    CONFIRM = "confirm"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press below a post. `plan` is the digest that was seen, where the action is a vote on one."""

    label: str
    action: Action
    operation: str
    plan: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """What opsctl or a person says in a chat.

    `text` is plain words of one or more lines, in which a handle is "@" and a name; `block` is shown as it is, in
    letters of one width, below it. `calls` are the handles of those whom it must reach; `links` are the addresses in
    the text that are meant to be followed. Nothing in it is markup.
    """

    text: str
    block: str = ""
    calls: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    links: tuple[str, ...] = ()

    def as_json(self) -> dict[str, JSON]:
        """Its form in a store; `from_json` reads it back."""
        return {
            "text": self.text,
            "block": self.block,
            "calls": list(self.calls),
            "buttons": [[one.label, one.action.value, one.operation, one.plan] for one in self.buttons],
            # Only where there are some, so that what stands there already is not another post by its digest.
            **({"links": list(self.links)} if self.links else {}),
        }

    @classmethod
    def from_json(cls, value: Any) -> "Post":
        """The post that `as_json` wrote."""
        return cls(
            text=value["text"],
            block=value["block"],
            calls=tuple(value["calls"]),
            buttons=tuple(
                Button(label, Action(action), operation, plan) for label, action, operation, plan in value["buttons"]
            ),
            links=tuple(value.get("links", ())),
        )
