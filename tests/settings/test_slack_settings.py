"""What is set for Slack: where it is, who its people are, and what of it is wrong."""

from collections.abc import Callable
from pathlib import Path

import pytest

from opsctl.core.difference import difference
from opsctl.core.errors import UsageError
from opsctl.core.identity import Workspace
from opsctl.core.published_site import PublishedSite
from opsctl.settings.check import Check
from opsctl.settings.local import SlackSettings, load

LOCAL = 'site = "acme"\n[store]\npath = "opsctl.db"\n'
SITE = """\
id = "acme"
channel = "#ops"
[slack]
team = "T012AB3CD"
groups = { S0DBA = "dba" }
[people.alice]
slack = "U0ALICE"
[people.bob]
"""

Config = Callable[[str], Path]


def test_the_room_is_the_chat_where_nothing_else_is_said(environment: dict[str, str], config: Config) -> None:
    settings = load(environment, config(LOCAL))
    assert (settings.chat, settings.slack) == ("room", SlackSettings())


def test_slack_is_set_in_the_file_and_in_the_environment(environment: dict[str, str], config: Config) -> None:
    file = config(f'{LOCAL}[chat]\nkind = "slack"\n[slack]\nreceive = "http"\nprefix = "ops-"\n')
    for _ in range(2):  # validated, and remembered
        settings = load({**environment, "OPSCTL_SLACK_URL": "http://127.0.0.1:1/api"}, file)
        assert settings.chat == "slack"
        assert settings.slack == SlackSettings("http://127.0.0.1:1/api/", "http", "/ops", "ops-")


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('url = "http://slack.example/api/"', "begins with https://"),
        ('url = "https://me:pw@slack.example/api/"', "begins with https://"),
        ('receive = "poll"', "receive must be socket or http, not 'poll'"),
        ('command = "ops"', "a slash command is / and a name"),
        ('command = "/Ops"', "can't be a name"),
        ('prefix = "much-too-long-"', "at most 10 characters"),
        ('token = "xoxb-1"', "there is no setting 'token' here"),
    ],
)
def test_a_wrong_setting_is_told_with_its_line(
    line: str, what: str, environment: dict[str, str], config: Config
) -> None:
    with pytest.raises(UsageError) as told:
        load(environment, config(f"{LOCAL}[slack]\n{line}\n"))
    assert what in told.value.happened
    assert "opsctl.toml:5" in told.value.happened


def test_people_are_known_by_their_slack_id_and_groups_by_their_role(site: Callable[[str], PublishedSite]) -> None:
    published = site(SITE)
    alice = published.person_of_slack("U0ALICE")
    assert alice is not None
    assert alice.handle == "@alice"
    assert published.person_of_slack("") is None  # which is what @bob has
    assert published.slack == Workspace("T012AB3CD", {"S0DBA": "dba"})
    assert PublishedSite.from_text(published.text) == published


def test_a_rule_may_name_a_role_that_only_a_group_gives(site: Callable[[str], PublishedSite]) -> None:
    rule = '[[rules]]\ncommand = "deploy"\napprovals = 1\nroles = ["dba"]\n'
    assert site(SITE + rule).rules[0].roles == ("dba",)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("U0ALICE", "alice", "is no id of a Slack user"),
        ("U0ALICE", "u0alice", "is no id of a Slack user"),
        ("T012AB3CD", "acme", "is no id of a Slack workspace"),
        ("S0DBA", "dbas", "is no id of a Slack user group"),
        ('"dba" }', '"lead" }', "lead comes from a team"),
        ("[people.bob]", '[people.bob]\nslack = "U0ALICE"', "U0ALICE belongs to @alice and @bob"),
    ],
)
def test_ids_that_can_be_none_are_told(old: str, new: str, what: str, site: Callable[[str], PublishedSite]) -> None:
    with pytest.raises(UsageError) as told:
        site(SITE.replace(old, new))
    assert what in told.value.happened


def test_what_publishing_changes_about_slack_is_said(site: Callable[[str], PublishedSite]) -> None:
    old, new = site(SITE), site(SITE.replace("U0ALICE", "U0OTHER").replace('"dba" }', '"boss" }'))
    assert difference(old, new) == (
        "the members of the Slack group S0DBA would hold boss as their role instead of dba",
        "@alice would be U0OTHER in Slack instead of U0ALICE",
    )
    assert "the Slack workspace would be nothing instead of T012AB3CD" in difference(
        old, site('id = "acme"\nchannel = "#ops"\n')
    )


def checked(environment: dict[str, str], file: Path) -> tuple[str, list[str]]:
    def nothing(*_: object) -> PublishedSite:
        raise UsageError("none")

    def no_store(_: object) -> None:
        raise UsageError("none")

    parts = Check(environment, nothing, no_store).parts(file, None)  # type: ignore[arg-type]
    chat = next(part for part in parts if part.part == "chat")
    return chat.note, [one.what for one in chat.mistakes]


def test_checking_tells_which_tokens_are_missing_or_of_the_wrong_kind(
    environment: dict[str, str], config: Config
) -> None:
    file = config(f'{LOCAL}[chat]\nkind = "slack"\n')
    environment["OPSCTL_SECRET_SLACK_TOKEN"] = "xoxb-1"
    environment["OPSCTL_SECRET_SLACK_APP_TOKEN"] = "xapp-1"
    assert checked(environment, file) == ("", [])
    environment["OPSCTL_SECRET_SLACK_TOKEN"] = "xoxp-1"
    environment["OPSCTL_SECRET_SLACK_APP_TOKEN"] = "1"
    note, mistakes = checked(environment, file)
    assert mistakes == ["it does not begin with xoxb-, as Slack's do"]
    assert note == "`opsctl relay` needs slack-app-token: it does not begin with xapp-, as Slack's do"
