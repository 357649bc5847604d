"""A team that talks in Slack, with one request for approval before it, and no relay."""

from dataclasses import dataclass, replace

from tests.adapters.slack_chat import platform_on
from tests.core.team import Colleagues, a_site
from tests.doubles.slack.server import SlackDouble
from tests.doubles.slack.workspace import TEAM, Message, User, words_of

from opsctl.chat.announcement import draw
from opsctl.chat.ballot_box import BallotBox
from opsctl.core.announcing import Announcer
from opsctl.core.context import Context
from opsctl.core.courier import Patience, bring
from opsctl.core.identity import Person, Workspace
from opsctl.core.operation import State
from opsctl.core.published_site import PublishedSite
from opsctl.core.voting import APPROVAL_REFUSED


def site() -> PublishedSite:
    """The team's site, with everybody's account, and some who have one that counts for nothing."""
    known = a_site()
    people = {handle: replace(one, slack=f"U0{handle[1:].upper()}") for handle, one in known.people.items()}
    odd = {"@gina": "U0GUEST", "@zoe": "U0GONE", "@robot": "U0ROBOT", "@else": "U0ELSE"}
    people |= {handle: Person(handle, roles=("dba",), slack=user) for handle, user in odd.items()}
    teams = {
        name: replace(team, leads=(*team.leads, *odd), members=(*team.members, *odd))
        for name, team in known.teams.items()
    }
    return replace(known, people=people, teams=teams, slack=Workspace(TEAM))


@dataclass
class Scene:
    team: Colleagues
    slack: SlackDouble
    context: Context
    box: BallotBox
    operation: str = ""

    def bring(self) -> None:
        assert self.context.platform is not None
        bring(self.context, {"chat": Announcer(self.context, self.context.platform().chat, draw)}, Patience())

    @property
    def request(self) -> Message:
        """The request for approval as it stands in the channel."""
        channel = self.slack.workspace.called("#deployments")
        return next(one for one in channel.messages if "React with" in words_of(one.blocks))

    def react(self, user: str, *names: str) -> None:
        for name in names:
            self.slack.workspace.react(self.request, user, name)

    def look(self) -> State:
        self.box.look(self.operation)
        return self.team.state(self.operation)

    def refused(self) -> list[tuple[str, str]]:
        entries = self.team.store.entries(self.operation)
        return [(one.facts["person"], one.facts["reason"]) for one in entries if one.kind == APPROVAL_REFUSED]

    def whispers(self, user: str) -> list[str]:
        """What that user alone was told."""
        found = self.slack.workspace.channels.values()
        return [words_of(one.blocks) for channel in found for one in channel.messages if one.seen_by == user]


def scene_of(team: Colleagues, slack: SlackDouble, of: PublishedSite) -> Scene:
    for handle in of.people:
        user = of.people[handle].slack
        for channel in ("#ops", "#deployments"):
            slack.workspace.called(channel).members.add(user)
        if user not in slack.workspace.users:
            slack.workspace.join(User(user, handle[1:]))
    platform = platform_on(slack, site=of)
    context = replace(team.context("@alice"), platform=lambda: platform)
    return Scene(team, slack, context, BallotBox(context, platform))
