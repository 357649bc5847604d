"""`help approvals`: the default matrix, as the policy has it, and what holds for every approval."""

from opsctl.core.plan import Rule
from opsctl.core.policy import DEFAULT_RULES, LATER_PUBLISH
from opsctl.core.voting import LEAST_DIGEST

_WHO = {"any-lead": "a lead of any team"}
_WHEN = {None: "", "shrinks": "fewer replicas than now"}
_WHERE = {"*": "any", "protected": "protected"}


def page(start: str) -> str:
    """The page."""
    return f"""\
Who has to agree, where the site brings no rules of its own. The first row that matches decides; what none matches is
refused.

{_table()}

A lead is one of the service's team. Replicas that nobody can count now may be fewer. What needs no approval asks its
requester to confirm it in a protected environment; scaling to 0 does so anywhere.

Nobody approves their own request, and one person is one vote. A yes counts for exactly the plan that was seen: where
something changes in between, it is asked for again. Who names no plan at a terminal is shown it, and asked. One no
rejects; the requester's own no cancels.

  {start}approvals --mine                      what waits for you
  {start}approve OPERATION --plan DIGEST       yes, if the plan still begins with these {LEAST_DIGEST} characters
  {start}reject OPERATION "why"                no
  {start}run OPERATION                         go on waiting for it, or carry it out once it is approved
  {start}audit show OPERATION                  who agreed to what, afterwards

The site's own rules are published with it, as [[rules]] of its site file."""


def _table() -> str:
    rows = [("COMMAND", "ENVIRONMENT", "WHEN", "APPROVALS")]
    rows += [_row(rule, rule.environment) for rule in DEFAULT_RULES]
    rows.append(_row(LATER_PUBLISH, "", "after its first publishing"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(f"  {line}".rstrip() for line in lines)


def _row(rule: Rule, environment: str, when: str = "") -> tuple[str, str, str, str]:
    who = " or ".join(_WHO.get(role, f"a {role}") for role in rule.roles)
    each = "each by" if rule.approvals > 1 else "by"
    approvals = f"{rule.approvals}, {each} {who}" if rule.approvals else "none"
    return rule.command, _WHERE.get(environment, environment), when or _WHEN[rule.when], approvals
