"""The window that asks why somebody rejects: what opens it, what it looks like, and what is typed there.

docs.slack.dev/surfaces/modals
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import InputBlock, PlainTextInputElement, PlainTextObject
from slack_sdk.models.views import View

from opsctl.core.post import Action

CALLBACK = "opsctl-reject"
_BLOCK = "reason"
REASON = 1000
"""The longest reason, in characters."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody rejects that plan of an operation; `text` is empty before they typed anything."""

    operation: str
    plan: str
    channel: str
    text: str = ""


def rejection_in(payload: Mapping[str, Any]) -> tuple[str, Reason] | None:
    """The trigger of a pressed Reject button, and what is rejected; None for everything else that may come.

    Raises ValueError, KeyError where it is not what opsctl's own buttons bring.
    """
    actions = payload.get("actions") or []
    if payload.get("type") != "block_actions" or len(actions) != 1 or actions[0].get("action_id") != Action.REJECT:
        return None
    value = json.loads(actions[0]["value"])
    channel = (payload.get("channel") or {}).get("id") or payload["container"]["channel_id"]
    return payload["trigger_id"], Reason(value["operation"], value["plan"], channel)


def window(asked: Reason) -> View:
    """What asks for the reason. It may stay empty: a no without words is a no."""
    return View(
        type="modal",
        callback_id=CALLBACK,
        title=PlainTextObject(text="Reject"),
        submit=PlainTextObject(text="Reject"),
        close=PlainTextObject(text="Back"),
        private_metadata=json.dumps([asked.operation, asked.plan, asked.channel]),
        blocks=[
            InputBlock(
                block_id=_BLOCK,
                label=PlainTextObject(text=f"Why is {asked.operation} not to be done?"),
                hint=PlainTextObject(text="The team reads it, and it stands in the audit log."),
                element=PlainTextInputElement(action_id=_BLOCK, multiline=False, max_length=REASON),
                optional=True,
            )
        ],
    )


def reason_in(payload: Mapping[str, Any]) -> Reason | None:
    """What was typed in that window; None for everything else. Raises ValueError, KeyError for a foreign form of it."""
    if payload.get("type") != "view_submission" or payload["view"].get("callback_id") != CALLBACK:
        return None
    view = payload["view"]
    operation, plan, channel = json.loads(view["private_metadata"])
    return Reason(operation, plan, channel, view["state"]["values"][_BLOCK][_BLOCK].get("value") or "")
