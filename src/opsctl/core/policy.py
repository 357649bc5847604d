"""The approval matrix: which rule a plan falls under, and who may approve it."""

from collections.abc import Iterable
from dataclasses import replace

from opsctl.core.errors import Denied
from opsctl.core.plan import Plan, Rule
from opsctl.core.published_site import PublishedSite

PUBLISH = "site publish"

DEFAULT_RULES = (
    Rule("deploy", "protected", approvals=1, roles=("lead",)),
    Rule("deploy"),
    Rule("rollback"),
    Rule("scale", "protected", when="shrinks", approvals=1, roles=("lead",)),
    Rule("scale"),
    Rule("migrate", "protected", approvals=2, roles=("lead", "dba")),
    Rule("migrate"),
    Rule("incident"),
)
"""What applies where the site brings no rules of its own. First match decides."""

FREE_PUBLISH = Rule(PUBLISH)
LATER_PUBLISH = Rule(PUBLISH, approvals=1, roles=("any-lead",))


def rule_for(site: PublishedSite, command: str, environment: str | None, plan: Plan, requester: str = "") -> Rule:
    """The first rule that matches; those that a command of the site brings itself are asked first.

    Raises Denied where none does.
    """
    if command == PUBLISH:
        return publish_rule(site.rules, is_first="first" in plan.traits, is_only_lead=site.leads == {requester})
    for rule in rules_about(site, command):
        if matches(rule, site, command, environment, plan.traits):
            return rule
    raise Denied(
        f"No rule of the site {site.id} allows {command}" + (f" in {environment}." if environment else "."),
        means="What no rule allows is refused. Nothing was changed.",
        do="Ask a lead to publish a rule for it: opsctl site publish FILE",
        reason="no_rule",
    )


def rules_about(site: PublishedSite, command: str) -> tuple[Rule, ...]:
    """All rows that may decide about a command, in the order in which they are asked."""
    own = site.commands.get(command)
    return (*(own.rules if own else ()), *(site.rules or DEFAULT_RULES))


def check_known(site: PublishedSite, requester: str) -> None:
    """Raise Denied where the site does not know who asks."""
    if requester not in site.people:
        raise Denied(
            f"The site {site.id} does not know you ({requester}).",
            means="You may read, but not change anything. Nothing was changed.",
            do="Ask a lead to add you to people in the site file and to publish it.",
            reason="unknown_person",
        )


def check_requester(site: PublishedSite, rule: Rule, service: str | None, requester: str) -> None:
    """Raise Denied where the rule names roles that may ask, and the requester holds none of them."""
    if rule.requesters and not site.roles_of(requester, service) & set(rule.requesters):
        raise Denied(
            f"{requester} may not ask for this: it takes the role {' or '.join(rule.requesters)}.",
            means="Nothing was changed.",
            do="Ask someone who holds it, or a lead to publish the role for you.",
            reason="no_role",
        )


def approvers_of(site: PublishedSite, rule: Rule, service: str | None, requester: str) -> tuple[str, ...]:
    """The handles of those who may approve, in alphabetical order; never the requester."""
    wanted = set(rule.roles)
    return tuple(
        sorted(handle for handle in site.people if handle != requester and site.roles_of(handle, service) & wanted)
    )


def check_approvable(rule: Rule, approvers: Iterable[str]) -> None:
    """Raise Denied where fewer people may approve than the rule asks for: it could only ever expire."""
    able = tuple(approvers)
    if len(able) < rule.approvals:
        raise Denied(
            f"This needs {rule.approvals} approval{'s' * (rule.approvals > 1)} by {' or '.join(rule.roles)}"
            f" from others than the requester, and {len(able) or 'nobody'} may give {'them' if able else 'it'}.",
            means="It could never be approved. Nothing was changed.",
            do="Ask a lead to publish more people with that role, or somebody else to make the request.",
            reason="no_approver",
        )


def matches(rule: Rule, site: PublishedSite, command: str, environment: str | None, traits: Iterable[str]) -> bool:
    """Whether a rule covers a command (its first word covers all of a group) in an environment with those traits."""
    known = site.environments.get(environment) if environment else None
    is_there = rule.environment in ("*", environment) or (
        rule.environment == "protected" and known is not None and known.is_protected
    )
    is_named = rule.command in ("*", command, command.split(" ", 1)[0])
    return is_named and is_there and (rule.when is None or rule.when in traits)


def publish_rule(rules: Iterable[Rule], *, is_first: bool, is_only_lead: bool = False) -> Rule:
    """The rule for publishing the site: built in; the site's own may only raise it, or say who may ask.

    `is_only_lead`: the site's only lead asks. Nobody could ever approve that, so a site that one person began could
    never get a second lead; where the site has a rule of its own for it, that holds all the same.
    """
    own = next((rule for rule in rules if rule.command == PUBLISH), None)
    if is_first or (is_only_lead and own is None):
        return FREE_PUBLISH
    own = own or LATER_PUBLISH
    return replace(LATER_PUBLISH, approvals=max(own.approvals, LATER_PUBLISH.approvals), requesters=own.requesters)
