"""How changes are called in a chat: what is asked for, while it is done, when it is done."""

from dataclasses import dataclass

from opsctl.chat.incident import level
from opsctl.commands.deploy import Deploy
from opsctl.commands.incident_assign import IncidentAssign
from opsctl.commands.incident_create import IncidentCreate
from opsctl.commands.incident_resolve import IncidentResolve
from opsctl.commands.incident_update import IncidentUpdate
from opsctl.commands.migrate import Migrate
from opsctl.commands.rollback import Rollback
from opsctl.commands.scale import Scale
from opsctl.commands.site_publish import SitePublish
from opsctl.core.command import Command


@dataclass(frozen=True, slots=True)
class Title:
    """`wish` is what somebody asked for; `doing` and `done` are whole sentences."""

    icon: str
    wish: str
    doing: str
    done: str


def title_of(command: Command | None, text: str) -> Title:
    """What to call a change with that canonical text; None for a command that the site does not know any more."""
    match command:
        case Deploy(service=service, version=version, environment=environment):
            return Title(
                "🚀",
                f"Deploy {service} {version} to {environment}",
                f"Deploying {service} {version}…",
                "Deploy complete. Health check passed.",
            )
        case Rollback(service=service, environment=environment):
            return Title(
                "⏪",
                f"Roll back {service} in {environment}",
                f"Rolling back {service}…",
                "Rollback complete. Health check passed.",
            )
        case Scale(service=service, replicas=replicas, environment=environment):
            return Title(
                "📐",
                f"Scale {service} to {replicas} in {environment}",
                f"Scaling {service}…",
                "Scaling complete.",
            )
        case Migrate(service=service, environment=environment):
            return Title(
                "🗃️",
                f"Migrate {service} in {environment}",
                f"Migrating {service}…",
                "Migration complete.",
            )
        case IncidentCreate() | IncidentUpdate() | IncidentAssign() | IncidentResolve():
            return _of_incident(command)
        case SitePublish():
            return Title("📜", "Publish the site", "Publishing the site…", "The site is published.")
        case _:
            return Title("⚙️", text, "Running…", "Done.")


def _of_incident(command: IncidentCreate | IncidentUpdate | IncidentAssign | IncidentResolve) -> Title:
    """Seen while it waits for approval, and where it fails; what it came to has words of its own."""
    match command:
        case IncidentCreate(title=title, severity=severity):
            wish = f"Open a {level(severity)} incident: {title}"
            return Title("🚨", wish, "Opening the incident…", "The incident is open.")
        case IncidentUpdate():
            return Title("📝", "Update an incident", "Updating the incident…", "The incident is updated.")
        case IncidentAssign(person=person):
            return Title("🧭", f"Make {person} incident commander", "Assigning…", "The commander is another one.")
        case IncidentResolve():
            return Title("✅", "Resolve an incident", "Resolving the incident…", "The incident is resolved.")
