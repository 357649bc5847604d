"""What Slack tells an app, as its clients make it: slash commands, events, pressed buttons, windows."""

import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any

TEAM = "T0ACME"
APP = "A0OPS"
BOT = "U0BOT"

_numbers = count(1)


@dataclass(frozen=True)
class Payload:
    """One thing to deliver; `kind` is slash_commands, events_api or interactive, as Socket Mode calls it."""

    kind: str
    body: dict[str, Any] = field(default_factory=dict)


def trigger() -> str:
    return f"{next(_numbers)}.7.{next(_numbers):032x}"


def slash(
    user: str, text: str, command: str = "/ops", channel: str = "C0DEPLOY", name: str = "deployments", team: str = TEAM
) -> Payload:
    body = {
        "token": "deprecated",
        "team_id": team,
        "team_domain": "acme",
        "channel_id": channel,
        "channel_name": name,
        "user_id": user,
        "user_name": "whoever",
        "command": command,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": f"https://hooks.slack.com/commands/{team}/1/x",
        "trigger_id": trigger(),
    }
    return Payload("slash_commands", body)


def event(inner: dict[str, Any], team: str = TEAM) -> Payload:
    body = {
        "token": "deprecated",
        "team_id": team,
        "api_app_id": APP,
        "event": inner,
        "type": "event_callback",
        "event_id": f"Ev{next(_numbers):09}",
        "event_time": 1700000000,
        "authorizations": [
            {"enterprise_id": None, "team_id": team, "user_id": BOT, "is_bot": True, "is_enterprise_install": False}
        ],
        "is_ext_shared_channel": False,
    }
    return Payload("events_api", body)


def _stamp() -> str:
    return f"1700000000.{next(_numbers):06}"


def mention(user: str, text: str, channel: str = "C0DEPLOY", thread: str = "", **more: Any) -> Payload:
    stamp = _stamp()
    inner = {"type": "app_mention", "user": user, "text": text, "ts": stamp, "channel": channel, "event_ts": stamp}
    return event({**inner, **({"thread_ts": thread} if thread else {}), **more})


def direct(user: str, text: str, channel: str = "D0ALICE", **more: Any) -> Payload:
    stamp = _stamp()
    inner = {"type": "message", "channel_type": "im", "user": user, "text": text, "ts": stamp, "channel": channel}
    return event({**inner, "event_ts": stamp, **more})


def reaction(user: str, name: str, channel: str, ts: str, *, is_on: bool = True) -> Payload:
    return event(
        {
            "type": "reaction_added" if is_on else "reaction_removed",
            "user": user,
            "reaction": name,
            "item": {"type": "message", "channel": channel, "ts": ts},
            "item_user": BOT,
            "event_ts": _stamp(),
        }
    )


def button(user: str, action: str, operation: str, plan: str, channel: str, ts: str, team: str = TEAM) -> Payload:
    return Payload(
        "interactive",
        {
            "type": "block_actions",
            "user": {"id": user, "username": "whoever", "name": "whoever", "team_id": team},
            "api_app_id": APP,
            "token": "deprecated",
            "container": {"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": False},
            "trigger_id": trigger(),
            "team": {"id": team, "domain": "acme"},
            "channel": {"id": channel, "name": "deployments"},
            "response_url": f"https://hooks.slack.com/actions/{team}/1/x",
            "actions": [
                {
                    "action_id": action,
                    "block_id": "opsctl",
                    "type": "button",
                    "text": {"type": "plain_text", "text": action, "emoji": True},
                    "value": json.dumps({"operation": operation, "plan": plan}),
                    "action_ts": _stamp(),
                }
            ],
        },
    )


def submitted(user: str, view: dict[str, Any], text: str | None, team: str = TEAM) -> Payload:
    """The window that was opened, sent off with that text in its one field."""
    block = view["blocks"][0]
    value = {"type": "plain_text_input", "value": text}
    return Payload(
        "interactive",
        {
            "type": "view_submission",
            "team": {"id": team, "domain": "acme"},
            "user": {"id": user, "username": "whoever", "name": "whoever", "team_id": team},
            "api_app_id": APP,
            "token": "deprecated",
            "trigger_id": trigger(),
            "view": {
                **view,
                "id": f"V{next(_numbers):09}",
                "team_id": team,
                "state": {"values": {block["block_id"]: {block["element"]["action_id"]: value}}},
                "hash": "1700000000.x",
            },
            "response_urls": [],
        },
    )
