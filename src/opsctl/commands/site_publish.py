"""`site publish`: make a site file's content what counts. A change with a rule of its own."""

from dataclasses import dataclass
from typing import Annotated

import typer

from opsctl.core.command import Change, Surface
from opsctl.core.difference import difference
from opsctl.core.errors import UsageError
from opsctl.core.plan import Change as Step
from opsctl.core.plan import Plan
from opsctl.core.ports import Cause, Progress, Steps
from opsctl.core.published_site import PublishedSite
from opsctl.core.site import Site


@dataclass(frozen=True, slots=True)
class SitePublish(Change):
    """Publish a site: services, environments, people and rules."""

    name = "site publish"
    examples = ("site publish 3f9a1c2e",)
    surfaces = frozenset({Surface.CHAT})

    document: Annotated[str, typer.Argument(metavar="DIGEST", help="SHA-256 of a site that was handed in.")]

    @property
    def place(self) -> tuple[str | None, str | None]:
        """The site as a whole."""
        return None, None

    def plan(self, site: Site) -> Plan:
        """What would become different, in words."""
        new = self._handed_in(site)
        now = site.shelf.published()
        old = PublishedSite.from_text(now) if now else None
        steps = tuple(Step(words, None, None) for words in difference(old, new))
        site_step = Step("site", old.digest[:12] if old else None, self.document[:12])
        return Plan(changes=(site_step, *steps), traits=() if old else ("first",))

    def execute(self, site: Site, plan: Plan, cause: Cause) -> Steps:  # noqa: ARG002  # the document says it all
        """Put it in force."""
        yield Progress("publishing")
        site.shelf.publish(self._handed_in(site).text, cause.operation)

    def holds(self, site: Site, plan: Plan, cause: Cause) -> bool | None:  # noqa: ARG002
        """Whether it is what is published."""
        return site.shelf.published() == self._handed_in(site).text

    def _handed_in(self, site: Site) -> PublishedSite:
        text = site.shelf.document(self.document)
        if text is None:
            raise UsageError(
                f"No site with the digest {self.document[:12]} was handed in.",
                means="Nothing was changed.",
                do="Publish it from its file, in a terminal: opsctl site publish site.toml",
                reason="unknown_document",
            )
        return PublishedSite.from_text(text)
