"""What a person may do here, by the rules of the site and the roles they hold."""

from collections.abc import Iterator

from opsctl.core.command_table import Kind, Row
from opsctl.core.errors import Denied
from opsctl.core.plan import Rule
from opsctl.core.policy import DEFAULT_RULES, PUBLISH, check_requester, matches, publish_rule, rules_about
from opsctl.core.published_site import PublishedSite

_ROLES = {"lead": "a lead of its team", "any-lead": "a lead of any team"}


def what_you_may(site: PublishedSite, person: str, rows: tuple[Row, ...]) -> str:
    """The changes a person may ask for in each environment, what that takes, and what they may approve."""
    if person not in site.people:
        return (
            f"The site {site.id} does not know you ({person}): you may look, but not change anything.\n"
            "Ask a lead to add you to people in the site file and to publish it."
        )
    changes = [row.name for row in rows if row.kind is Kind.CHANGE]
    lines = [f"You are {person}. Here you may look at everything, and ask for:"]
    lines += [f"  {name}: {_in_words(site, person, name)}" for name in changes]
    lines.append(f"You may approve: {'; '.join(_may_approve(site, person)) or 'nothing'}.")
    return "\n".join(lines)


def _in_words(site: PublishedSite, person: str, command: str) -> str:
    if command == PUBLISH:
        return _takes(site, publish_rule(site.rules, is_first=False), person, None)
    by_words: dict[str, list[str]] = {}
    for environment in site.environments:
        by_words.setdefault(_there(site, person, command, environment), []).append(environment)
    if len(by_words) == 1:
        return next(iter(by_words))
    return "; ".join(f"{', '.join(where)}: {words}" for words, where in by_words.items())


def _there(site: PublishedSite, person: str, command: str, environment: str) -> str:
    usual = _rule(site, command, environment, ())
    if usual is None:
        return "not allowed"
    words = _takes(site, usual, person, environment)
    special = _rule(site, command, environment, ("shrinks",))
    if special is not None and special.when == "shrinks":
        words += f" (fewer replicas: {_takes(site, special, person, environment)})"
    return words


def _rule(site: PublishedSite, command: str, environment: str, traits: tuple[str, ...]) -> Rule | None:
    rules = rules_about(site, command)
    return next((rule for rule in rules if matches(rule, site, command, environment, traits)), None)


def _takes(site: PublishedSite, rule: Rule, person: str, environment: str | None) -> str:
    if rule.requesters and not any(_may_ask(site, rule, person, service) for service in (*site.services, None)):
        return f"only {' or '.join(rule.requesters)}"
    if rule.approvals:
        who = " or ".join(_ROLES.get(role, role) for role in rule.roles)
        return f"with {rule.approvals} approval{'s' if rule.approvals > 1 else ''} by {who}"
    known = site.environments.get(environment) if environment else None
    return "at once, after you confirm it" if known is not None and known.is_protected else "at once"


def _may_ask(site: PublishedSite, rule: Rule, person: str, service: str | None) -> bool:
    try:
        check_requester(site, rule, service, person)
    except Denied:
        return False
    return True


def _may_approve(site: PublishedSite, person: str) -> Iterator[str]:
    """Never one's own requests."""
    own = (rule for command in site.commands.values() for rule in command.rules)
    for rule in (*(site.rules or DEFAULT_RULES), *own):
        services = [name for name in site.services if site.roles_of(person, name) & set(rule.roles)]
        if rule.approvals and services:
            where = "" if rule.environment == "*" else f" in {_place(site, rule.environment)}"
            whose = "every service" if len(services) == len(site.services) else ", ".join(services)
            yield f"{rule.command}{where} of {whose}"
    if site.roles_of(person, None) & set(publish_rule(site.rules, is_first=False).roles):
        yield PUBLISH


def _place(site: PublishedSite, environment: str) -> str:
    if environment != "protected":
        return environment
    return ", ".join(name for name, one in site.environments.items() if one.is_protected) or "protected environments"
