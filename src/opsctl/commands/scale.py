"""`scale`: more or fewer replicas."""

from dataclasses import dataclass
from typing import Annotated

import typer

from opsctl.core.command import Change, EnvironmentName, ServiceName
from opsctl.core.errors import ActionFailed, UsageError, cannot_scale
from opsctl.core.plan import Change as Step
from opsctl.core.plan import Plan
from opsctl.core.ports import Cause, Steps
from opsctl.core.site import Site

MOST = 1000
"""More than anybody means; a typing mistake beyond it is caught before it costs anything."""


@dataclass(frozen=True, slots=True)
class Scale(Change):
    """Scale a service to a number of replicas."""

    name = "scale"
    examples = ("scale api-gateway 10 production",)

    service: ServiceName
    replicas: Annotated[int, typer.Argument(metavar="REPLICAS", min=0, max=MOST, help="Replicas wanted.")]
    environment: EnvironmentName

    def plan(self, site: Site) -> Plan:
        """From the replicas wanted now; fewer, or an unknown number now, shrinks; none at all asks anywhere."""
        now = site.deployer(self.service, self.environment).state()
        if now.unscalable:
            raise cannot_scale(self.service, self.environment, now.unscalable)
        if now.release is None:
            raise ActionFailed(
                f"{self.service} was never deployed in {self.environment}.",
                means="There is nothing to scale. Nothing was changed.",
                do=f"Deploy it first: opsctl deploy {self.service} VERSION {self.environment}",
                reason="nothing_deployed",
            )
        if now.most is not None and self.replicas > now.most:
            raise UsageError(
                f"{self.service} can have at most {now.most} replicas in {self.environment}, not {self.replicas}.",
                means="Nothing was changed.",
                do=f"Choose 0 to {now.most}, or let a lead widen what its deployer may use.",
                reason="too_many_replicas",
            )
        shrinks = now.replicas is None or self.replicas < now.replicas
        return Plan(
            changes=(Step("replicas", now.replicas, self.replicas),),
            traits=("shrinks",) if shrinks else (),
            asks=self.replicas == 0,
            facts=(("release", now.release.version), ("ready", str(now.ready))),
        )

    def execute(self, site: Site, plan: Plan, cause: Cause) -> Steps:  # noqa: ARG002  # the number says it all
        """Hand the number to the deployer."""
        yield from site.deployer(self.service, self.environment).scale(self.replicas, cause)

    def holds(self, site: Site, plan: Plan, cause: Cause) -> bool | None:  # noqa: ARG002
        """Whether that many replicas are wanted and ready."""
        now = site.deployer(self.service, self.environment).state()
        return now.replicas == self.replicas and now.ready == self.replicas
