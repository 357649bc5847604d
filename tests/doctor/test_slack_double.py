"""Slack's double keeps nobody waiting who has nothing to do with it."""

import threading

from slack_sdk import WebClient
from tests.doubles.slack.server import TOKEN, SlackDouble


def test_others_are_answered_while_an_event_waits_to_be_brought() -> None:
    with SlackDouble() as slack:
        is_waiting, may_go_on = threading.Event(), threading.Event()

        def wait(_: object) -> None:
            is_waiting.set()
            may_go_on.wait(10)

        slack.on_event = wait
        channel = slack.workspace.open("ops").id
        client = WebClient(TOKEN, base_url=slack.url, timeout=2, retry_handlers=[])
        where = {"channel": channel, "timestamp": client.chat_postMessage(channel=channel, text="x")["ts"]}
        reacting = threading.Thread(target=lambda: client.reactions_add(name="ear", **where))
        reacting.start()
        assert is_waiting.wait(5)
        assert client.auth_test()["ok"]
        may_go_on.set()
        reacting.join()
