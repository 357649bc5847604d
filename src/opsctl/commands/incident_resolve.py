"""`incident resolve`: it is over."""

from dataclasses import dataclass
from typing import Annotated

import typer

from opsctl.commands.incident_fields import IncidentOption
from opsctl.core.command import Change
from opsctl.core.fields import statement
from opsctl.core.incident import Status
from opsctl.core.plan import Change as Step
from opsctl.core.plan import Plan
from opsctl.core.ports import Cause, Progress, Steps
from opsctl.core.site import Site


@dataclass(frozen=True, slots=True)
class IncidentResolve(Change):
    """Resolve an incident: the status page says so, and its postmortem is scheduled and drafted."""

    name = "incident resolve"
    examples = ('incident resolve "Stripe API key rotated, payments flowing"',)
    is_exclusive = False

    text: Annotated[str, typer.Argument(metavar="TEXT", parser=statement, help="What ended it; everybody may read it.")]
    incident: IncidentOption = ""

    def plan(self, site: Site) -> Plan:
        """From the status now to resolved."""
        incident = site.incidents.open_one(self.incident)
        return Plan(changes=(Step(incident.id, incident.status, Status.RESOLVED),))

    def execute(self, site: Site, plan: Plan, cause: Cause) -> Steps:
        """One transaction; what has to be done outside goes out from there."""
        yield Progress("resolving")
        site.incidents.resolve(site.incidents.open_one(plan.changes[0].name), self.text, cause.operation)

    def holds(self, site: Site, plan: Plan, cause: Cause) -> bool | None:  # noqa: ARG002
        """Whether it stands in the journal."""
        return site.incidents.was_told(cause.operation)
