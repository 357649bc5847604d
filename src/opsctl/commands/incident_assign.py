"""`incident assign`: somebody else leads."""

from dataclasses import dataclass
from typing import Annotated

import typer

from opsctl.commands.incident_fields import IncidentOption
from opsctl.core.command import Change, Names
from opsctl.core.plan import Change as Step
from opsctl.core.plan import Plan
from opsctl.core.ports import Cause, Progress, Steps
from opsctl.core.site import Site


@dataclass(frozen=True, slots=True)
class IncidentAssign(Change):
    """Give an incident another commander."""

    name = "incident assign"
    examples = ("incident assign @bob", "incident assign @bob --incident inc-7")
    is_exclusive = False

    person: Annotated[str, typer.Argument(metavar="PERSON", help="Who leads from now on."), Names.PERSON]
    incident: IncidentOption = ""

    def plan(self, site: Site) -> Plan:
        """From who leads now to who shall. Raises UsageError for a person whom the site does not know."""
        incident = site.incidents.open_one(self.incident)
        person = site.published.person(self.person).handle
        return Plan(changes=(Step(incident.id, incident.commander, person),))

    def execute(self, site: Site, plan: Plan, cause: Cause) -> Steps:
        """One transaction; the channel hears of it from there."""
        yield Progress("assigning")
        person = site.published.person(self.person).handle
        site.incidents.assign(site.incidents.open_one(plan.changes[0].name), person, cause.operation)

    def holds(self, site: Site, plan: Plan, cause: Cause) -> bool | None:  # noqa: ARG002
        """Whether it stands in the journal."""
        return site.incidents.was_told(cause.operation)
