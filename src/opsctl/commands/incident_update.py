"""`incident update`: how it goes, for everybody to read."""

from dataclasses import dataclass
from typing import Annotated, Literal

import typer

from opsctl.commands.incident_fields import IncidentOption
from opsctl.core.command import Change
from opsctl.core.fields import statement
from opsctl.core.incident_status import status_told
from opsctl.core.plan import Change as Step
from opsctl.core.plan import Plan
from opsctl.core.ports import Cause, Progress, Steps
from opsctl.core.site import Site


@dataclass(frozen=True, slots=True)
class IncidentUpdate(Change):
    """Post an update about an incident, to its channel and to the status page.

    Without --status it is taken from how the text begins ("Root cause identified: …"), else it stays as it is.
    """

    name = "incident update"
    examples = (
        'incident update "Root cause identified: Stripe API key expired"',
        'incident update "New key is live" --status monitoring --incident inc-7',
    )
    is_exclusive = False

    text: Annotated[str, typer.Argument(metavar="TEXT", parser=statement, help="How it goes; everybody may read it.")]
    status: Annotated[
        Literal["", "investigating", "identified", "monitoring"],
        typer.Option(help="How far it has come.", show_default=False),
    ] = ""
    incident: IncidentOption = ""

    def plan(self, site: Site) -> Plan:
        """From the status now to the one that is told."""
        incident = site.incidents.open_one(self.incident)
        status, _ = status_told(self.text, self.status, incident.status)
        return Plan(changes=(Step(incident.id, incident.status, status),))

    def execute(self, site: Site, plan: Plan, cause: Cause) -> Steps:
        """One transaction; what has to be done outside goes out from there."""
        yield Progress("updating")
        incident = site.incidents.open_one(plan.changes[0].name)
        status, told_by = status_told(self.text, self.status, incident.status)
        site.incidents.update(incident, self.text, status, told_by, cause.operation)

    def holds(self, site: Site, plan: Plan, cause: Cause) -> bool | None:  # noqa: ARG002
        """Whether it stands in the journal."""
        return site.incidents.was_told(cause.operation)
