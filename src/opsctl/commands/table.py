"""The table of commands, in the order in which help lists them. A new command is one file and one row here."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from opsctl.core.command import Command, Surface
from opsctl.core.command_table import Kind, Row, row

if TYPE_CHECKING:
    from opsctl.core.published_site import PublishedSite

COMMANDS: tuple[Row, ...] = (
    row(
        "deploy",
        "opsctl.commands.deploy:Deploy",
        Kind.CHANGE,
        "Deploy a version of a service; what runs stays until the new version is healthy.",
    ),
    row(
        "rollback",
        "opsctl.commands.rollback:Rollback",
        Kind.CHANGE,
        "Roll back to the last healthy release; a deploy that still runs is cancelled first.",
    ),
    row("scale", "opsctl.commands.scale:Scale", Kind.CHANGE, "Scale a service to a number of replicas."),
    row("migrate", "opsctl.commands.migrate:Migrate", Kind.CHANGE, "Run the database migrations of a service."),
    row(
        "incident create",
        "opsctl.commands.incident_create:IncidentCreate",
        Kind.CHANGE,
        "Open an incident: a channel, a commander, a page to the team, the status page.",
    ),
    row(
        "incident update",
        "opsctl.commands.incident_update:IncidentUpdate",
        Kind.CHANGE,
        "Post an update about an incident, to its channel and to the status page.",
    ),
    row(
        "incident assign",
        "opsctl.commands.incident_assign:IncidentAssign",
        Kind.CHANGE,
        "Give an incident another commander.",
    ),
    row(
        "incident resolve",
        "opsctl.commands.incident_resolve:IncidentResolve",
        Kind.CHANGE,
        "Resolve an incident: the status page says so, and its postmortem is scheduled and drafted.",
    ),
    row(
        "status",
        "opsctl.commands.status:Status",
        Kind.QUESTION,
        "Show what runs where: release, replicas, health, since when and by whom.",
    ),
    row("incident list", "opsctl.commands.incident_list:IncidentList", Kind.QUESTION, "List incidents, newest first."),
    row(
        "incident show",
        "opsctl.commands.incident_show:IncidentShow",
        Kind.QUESTION,
        "Show an incident: who leads, what was told, what is done outside and what is not.",
    ),
    row("logs", "opsctl.commands.logs:Logs", Kind.QUESTION, "Show what a service wrote, over all its replicas."),
    row("approve", "opsctl.commands.approve:Approve", Kind.DECISION, "Approve an operation that waits for it."),
    row(
        "reject",
        "opsctl.commands.reject:Reject",
        Kind.DECISION,
        "Reject an operation that waits for approval; your own is cancelled.",
    ),
    row(
        "approvals",
        "opsctl.commands.approvals:Approvals",
        Kind.QUESTION,
        "List the operations that wait for approval, with who may give it.",
    ),
    row(
        "run",
        "opsctl.commands.run:Run",
        Kind.DECISION,
        "Wait for an operation that stands, and carry it out once it is approved.",
    ),
    row(
        "cancel",
        "opsctl.commands.cancel:Cancel",
        Kind.DECISION,
        "Cancel an operation that waits or runs; what can be put back is put back.",
    ),
    row(
        "operations",
        "opsctl.commands.operations:ListOperations",
        Kind.QUESTION,
        "List operations, newest first, or tell the story of one.",
    ),
    row("audit", "opsctl.commands.audit:Audit", Kind.QUESTION, "Show who did what when, newest first."),
    row(
        "audit show",
        "opsctl.commands.audit_show:AuditShow",
        Kind.QUESTION,
        "Show everything the journal holds about one command, and whether it holds.",
    ),
    row(
        "audit verify",
        "opsctl.commands.audit_verify:AuditVerify",
        Kind.QUESTION,
        "Prove that nothing in the journal was changed, removed or reordered.",
    ),
    row(
        "site publish",
        "opsctl.commands.site_publish:SitePublish",
        Kind.CHANGE,
        "Publish a site: services, environments, people and rules.",
        Surface.CHAT,
    ),
)


def commands_of(site: "PublishedSite") -> tuple[Row, ...]:
    """The commands of a site: those above, and behind them the ones that it brings."""
    return with_own(COMMANDS, (one.as_json() for one in site.commands.values()))


def with_own(rows: Iterable[Row], declared: Iterable[Any]) -> tuple[Row, ...]:
    """The rows, and behind them those of the commands that a site declares, in the JSON form of the published site.

    A first word that one of the rows has stays theirs: opsctl may have learned it after the site was published.
    """
    rows = tuple(rows)
    taken = {row.name.partition(" ")[0] for row in rows}
    return (*rows, *(_own(one) for one in declared if one["name"] not in taken))


def _own(declared: Any) -> Row:
    kind = Kind.CHANGE if declared["is_change"] else Kind.QUESTION
    return Row(declared["name"], kind, declared["help"], partial(_load_own, declared))


def _load_own(declared: Any) -> type[Command]:
    from opsctl.commands.custom import class_of
    from opsctl.core.custom import CustomCommand

    return class_of(CustomCommand.from_json(declared))
