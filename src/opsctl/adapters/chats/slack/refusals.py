"""What Slack answers when it will not, as an error that says what to do. Codes: docs.slack.dev/reference/methods."""

from collections.abc import Mapping
from typing import Any

from opsctl.core.announcing import MESSAGE_GONE
from opsctl.core.errors import ActionFailed, OpsctlError, Unreachable

_TOKEN = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type"}
)
_AWAY = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited"})
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})

_KNOWN: Mapping[str, tuple[str, str]] = {
    "channel_not_found": (
        "Slack knows no channel {about}, or does not show it to opsctl.",
        "Make it, or invite opsctl there: /invite @opsctl",
    ),
    "not_in_channel": ("opsctl is not in {about} in Slack.", "Invite it there: /invite @opsctl"),
    "is_archived": (
        "{about} is archived in Slack.",
        "Bring it back there, or publish another channel in the site file.",
    ),
    "msg_too_long": (
        "Slack takes no message as long as this one for {about}.",
        "Read it in a terminal: opsctl operations",
    ),
    "restricted_action": (
        "The workspace does not let opsctl do this in {about}.",
        "Ask an owner of the workspace for the permission: Settings, Permissions.",
    ),
    "user_not_found": ("Slack knows no such user for {about}.", "Correct `slack` of that person in the site file."),
    "no_such_subteam": (
        "Slack knows no user group {about}.",
        "Correct [slack.groups] in the site file, and publish it.",
    ),
}
_KNOWN = {
    **_KNOWN,
    "msg_blocks_too_long": _KNOWN["msg_too_long"],
    "restricted_action_read_only_channel": _KNOWN["restricted_action"],
    "restricted_action_thread_only_channel": _KNOWN["restricted_action"],
    "restricted_action_non_threadable_channel": _KNOWN["restricted_action"],
    "ekm_access_denied": _KNOWN["restricted_action"],
}


def refusal(method: str, code: str, answer: Mapping[str, Any], about: str) -> OpsctlError:
    """The error for an answer with `ok: false`; `about` is what was to be changed or read, in a person's words."""
    if code in _TOKEN:
        return Unreachable(
            f"Slack does not take the token ({code}).",
            do="Give a valid one: opsctl secrets set slack-token   See what it may do: opsctl slack check",
            reason=code,
        )
    if code in _AWAY:
        return Unreachable(f"Slack could not answer {method} ({code}).", do="It is tried again by itself.", reason=code)
    if code == "missing_scope":
        scope = answer.get("needed") or "another scope"
        return ActionFailed(
            f"Slack does not let opsctl call {method}: the app lacks the scope {scope}.",
            do="Add it under OAuth & Permissions and install the app anew; opsctl slack manifest has all of them.",
            reason=code,
        )
    if code in _GONE and method == "chat.update":
        return ActionFailed(f"The message in {about} is not there any more.", reason=MESSAGE_GONE)
    happened, do = _KNOWN.get(code, ("Slack refuses {method} for {about}: {code}.", "See what it means: {page}"))
    page = f"https://docs.slack.dev/reference/methods/{method}"
    words = {"about": about or "this", "method": method, "code": code, "page": page}
    return ActionFailed(happened.format(**words), do=do.format(**words), reason=code)
