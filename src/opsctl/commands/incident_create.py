"""`incident create`: something is wrong, and people are needed."""

from dataclasses import dataclass
from typing import Annotated

import typer

from opsctl.core.command import Change, Names
from opsctl.core.context import utc_now
from opsctl.core.fields import headline
from opsctl.core.incident import Severity
from opsctl.core.incident_team import Called, called_for
from opsctl.core.plan import Change as Step
from opsctl.core.plan import Plan
from opsctl.core.ports import Cause, Progress, Steps
from opsctl.core.site import Site


@dataclass(frozen=True, slots=True)
class IncidentCreate(Change):
    """Open an incident: a channel, a commander, a page to the team, the status page.

    The team is that of --service, else of the one service whose name or alias stands in the title, else the site's
    team on call. Everybody can read the title on the status page.
    """

    name = "incident create"
    examples = (
        'incident create "Payment processing failures" --severity sev1',
        'incident create "Checkout is slow" --severity sev3 --service order-service --commander @alice',
    )
    is_exclusive = False

    title: Annotated[
        str, typer.Argument(metavar="TITLE", parser=headline, help="What is wrong, in words that everybody may read.")
    ]
    severity: Annotated[Severity, typer.Option(help="How bad it is; sev1 is the worst.")]
    service: Annotated[str, typer.Option(metavar="SERVICE", help="What it is about."), Names.SERVICE] = ""
    commander: Annotated[str, typer.Option(metavar="PERSON", help="Who leads; else you do."), Names.PERSON] = ""

    @property
    def place(self) -> tuple[str | None, str | None]:
        """The service, where it is said, in no one environment."""
        return self.service or None, None

    def plan(self, site: Site) -> Plan:
        """The channel, who leads, who is paged. Raises UsageError for a service or a person that is not known."""
        called = self._called(site)
        words = (
            f"channel {site.incidents.channel_for(self.title, called, utc_now())}",
            f"commander {self._commander(site, site.incidents.asked_by)}",
            f"page {called.team or 'nobody, by opsctl'}",
            "status page Investigating",
        )
        return Plan(changes=tuple(Step(word, None, None) for word in words))

    def execute(self, site: Site, plan: Plan, cause: Cause) -> Steps:  # noqa: ARG002  # the channel is given when it opens
        """One transaction; what has to be done outside goes out from there."""
        yield Progress("opening")
        commander = self._commander(site, cause.person)
        site.incidents.open(self.title, self.severity, self._called(site), commander, cause.operation)

    def holds(self, site: Site, plan: Plan, cause: Cause) -> bool | None:  # noqa: ARG002
        """Whether it stands in the journal."""
        return site.incidents.was_told(cause.operation)

    def _called(self, site: Site) -> Called:
        return called_for(site.published, self.title, self.service)

    def _commander(self, site: Site, person: str) -> str:
        return site.published.person(self.commander).handle if self.commander else person
