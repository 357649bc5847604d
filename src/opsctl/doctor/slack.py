"""Slack, part after part: the tokens, what they may do, channels, people, and whether what happens there is heard."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from uuid import uuid4

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from opsctl import wiring
from opsctl.adapters.chats.slack.client import is_answer
from opsctl.chat.slack_manifest import SCOPES
from opsctl.commands.reading import read
from opsctl.core.context import Context, Interruption
from opsctl.core.errors import OpsctlError, Unreachable, UsageError
from opsctl.core.post import Post
from opsctl.core.setup_facts import Examined
from opsctl.doctor.findings import care, down, failed, well
from opsctl.doctor.slack_round_trip import QUIET, SECONDS, RoundTrip, newest_message
from opsctl.wiring.slack import slack_client, slack_way

WORKS = "Changes are made and recorded all the same; what the team is told waits, and goes out in order."
_REMEDIES = {
    "token": "Give a valid one: opsctl secrets set slack-token",
    "chat": "Give a valid one: opsctl secrets set slack-token",
    "socket": "Give a valid one, with the scope connections:write: opsctl secrets set slack-app-token",
}
_SILENT = "Slack does not answer."
_INSTALL = "Make the app anew from: opsctl slack manifest   Then install it, and set its tokens again."


@dataclass(frozen=True, slots=True)
class _Look:
    context: Context
    client: WebClient
    way: Mapping[str, str]
    address: str
    seconds: float


def examine_slack(environment: Mapping[str, str], config: str, seconds: float = SECONDS) -> Iterator[Examined]:
    """Every part with how it is. Raises UsageError where the settings are wrong, or name another chat."""
    settings = wiring.settings_of(environment, config)
    if settings.chat != "slack":
        raise UsageError(
            "The settings name another chat than Slack.",
            do='Write [chat] kind = "slack" into opsctl.toml; docs/slack.md has the rest.',
            reason="not_slack",
        )
    with closing(wiring.open_store(settings)) as store:
        context = wiring.open_context(settings, store, read, Interruption(), environment=environment)
        context.published()
        try:
            client, way = slack_client(settings, environment), slack_way(settings, environment)
        except UsageError as error:
            yield failed("tokens", error)
            return
        look = _Look(context, client, way, wiring.relay_address(settings), seconds)
        yield from _parts(look)


def _parts(look: _Look) -> Iterator[Examined]:
    for part, examine in (
        ("token", lambda look: token(look.context, look.client)),
        ("scopes", scopes),
        ("socket", socket_token),
        ("channels", channels),
        ("people", people),
        ("round trip", round_trip),
    ):
        found = _examined(part, partial(examine, look))
        if found is not None:
            yield found
        if part == "token" and found is not None and found.condition == "down":
            return


def _examined(part: str, examine: Callable[[], Examined | None]) -> Examined | None:
    try:
        return examine()
    except SlackApiError as error:
        if not is_answer(error.response.data):
            return down(part, _SILENT, WORKS, "Try again in a while.")
        return down(part, f"Slack answers: {error.response['error']}.", WORKS, _REMEDIES.get(part, _INSTALL))
    except (SlackClientError, OSError, ValueError):
        return down(part, _SILENT, WORKS, "Try again in a while.")
    except OpsctlError as error:
        return failed(part, error)


def in_short(context: Context, client: WebClient) -> Examined:
    """Whether Slack takes what the team is told, as far as its token says; `examine_slack` looks at the rest."""
    found = _examined("chat", lambda: token(context, client))
    assert found is not None
    return replace(found, part="chat", do=found.do and f"{found.do}   The rest: opsctl slack check")


def token(context: Context, client: WebClient) -> Examined:
    """Whether the bot's token is good, and of the site's workspace."""
    who = client.auth_test()
    workspace = context.published().slack
    if workspace is None:
        return down(
            "token", "The site names no workspace.", do=f'Write [slack] team = "{who["team_id"]}" into site.toml.'
        )
    if who["team_id"] != workspace.team:
        found = f"It is of the workspace {who['team_id']}, and the site names {workspace.team}."
        return down("token", found, do="Correct [slack] team in site.toml and publish it, or set another slack-token.")
    return well("token", f"@{who['user']} in {who['team']} ({who['team_id']})")


def scopes(look: _Look) -> Examined:
    """Whether the token may do all that the manifest asks for."""
    told = {name.lower(): value for name, value in look.client.auth_test().headers.items()}.get("x-oauth-scopes", "")
    missing = [scope for scope in SCOPES if scope not in {one.strip() for one in told.split(",")}]
    if missing:
        lacks = "; ".join(f"{scope} (to {SCOPES[scope]})" for scope in missing)
        return down("scopes", f"Missing: {lacks}.", "All else works.", "Add them to the app, and install it anew.")
    return well("scopes", f"all {len(SCOPES)} that the manifest asks for")


def socket_token(look: _Look) -> Examined | None:
    """Whether a connection may be opened; nothing where Slack posts to the relay."""
    app_token = look.way.get("socket_token")
    if app_token is None:
        return None
    look.client.apps_connections_open(app_token=app_token)
    return well("socket", "Slack gives a connection for it")


def channels(look: _Look) -> Examined:
    """Whether the site's channels are there, and opsctl is in those where it has to be."""
    site = look.context.published()
    wanted = {site.channel, *(one.channel for one in site.environments.values() if one.channel)}
    there: dict[str, bool] = {}
    kinds = "public_channel,private_channel"
    for page in look.client.conversations_list(types=kinds, exclude_archived=True, limit=200):
        there |= {f"#{one['name']}": bool(one.get("is_member")) for one in page["channels"]}
    missing, strange = sorted(wanted - set(there)), sorted(one for one in wanted if there.get(one) is False)
    if missing:
        return down(
            "channels",
            f"Not there, or not shown to opsctl: {', '.join(missing)}.",
            do="Make them, or invite it: /invite @opsctl",
        )
    if strange:
        return care(
            "channels",
            f"opsctl is not in {', '.join(strange)}, and can't find lost messages there.",
            do="Invite it: /invite @opsctl",
        )
    return well("channels", ", ".join(sorted(wanted)))


def people(look: _Look) -> Examined:
    """Whether the people of the site who have an account there may act."""
    platform, site = look.context.platform, look.context.published()
    assert platform is not None
    team = site.slack.team if site.slack else ""
    accounts = {one.handle: one.slack for one in site.people.values() if one.slack}
    wrong = []
    for handle, user in accounts.items():
        caller = platform().directory.caller(user, team, "")
        if caller.person is None:
            wrong.append(f"{handle} ({caller.user})")
    without = [handle for handle in site.people if handle not in accounts]
    if wrong:
        return down("people", f"May not act: {', '.join(wrong)}.", "The others may.", "Correct `slack` in site.toml.")
    if without:
        return care("people", f"Without a Slack account here: {', '.join(without)}.", do="Add `slack` in site.toml.")
    return well("people", f"{len(accounts)} known by their user ids")


def round_trip(look: _Look) -> Examined:
    """Whether opsctl is told of what happens there: by its relay, or over a connection of its own."""
    trip = RoundTrip(look.client, lambda: _message(look), look.seconds)
    try:
        _, told = wiring.readiness(look.address)
    except Unreachable:
        told = {}
    if QUIET in told:
        return _heard_by_relay(look, trip)
    app_token = look.way.get("socket_token")
    if app_token is None:
        return care(
            "round trip", f"No relay answers at {look.address}, so nobody hears Slack.", do="Start it: opsctl relay"
        )
    return _heard_here(look, trip, app_token)


def _message(look: _Look) -> str:
    known = newest_message(look.context.store)
    if known is not None:
        return known
    site = look.context.published()
    post = Post("🔎 opsctl checks whether it hears what happens here. There is nothing to do.")
    return wiring.chat_of(look.context).post(site.channel, post, key=f"check/{uuid4().hex}")


def _heard_by_relay(look: _Look, trip: RoundTrip) -> Examined:
    began = time.monotonic()
    # The relay is told of it, and this process can only ask the relay: so nobody waits for it here.
    threading.Thread(target=trip.make, daemon=True).start()
    while time.monotonic() - began < look.seconds:
        time.sleep(0.5)
        _, told = wiring.readiness(look.address)
        if told.get(QUIET, float("inf")) < time.monotonic() - began - 1.0:
            return well("round trip", "the relay was told of a reaction to a message of opsctl's")
    found = f"The relay at {look.address} was not told of a reaction within {look.seconds:g} s."
    return down("round trip", found, "The terminal asks Slack itself.", "Compare the app with: opsctl slack manifest")


def _heard_here(look: _Look, trip: RoundTrip, app_token: str) -> Examined:
    def hear(client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        # What people do is left unacknowledged: it is for the relay, and Slack brings it again.
        if request.type == "events_api" and trip.came(request.payload):
            client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))

    client = SocketModeClient(app_token, web_client=look.client, concurrency=1)
    client.socket_mode_request_listeners.append(hear)
    try:
        client.connect()
        seconds = trip.make()
    finally:
        client.close()
    if seconds is None or seconds == float("inf"):
        found = f"Slack told nothing of a reaction within {look.seconds:g} s."
        return down("round trip", found, do="Compare the app with: opsctl slack manifest   Is another relay connected?")
    return well("round trip", f"Slack told of a reaction after {seconds * 1000:.0f} ms; no relay is at work")
