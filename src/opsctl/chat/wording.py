"""Phrases that several messages share."""

from opsctl.core.plan import Plan

_ROLES = {"lead": "team lead", "any-lead": "lead of any team"}


def changes(plan: Plan) -> str:
    """What a plan changes, on one line, and the number of replicas it concerns: `v2.4.0 → v2.4.1, 2 replicas`."""
    told = [
        one.name if one.was is None and one.to is None else f"{_shown(one.was)} → {_shown(one.to)}"
        for one in plan.changes
    ]
    facts = [f"{value} replica{'' if value == '1' else 's'}" for name, value in plan.facts if name == "replicas"]
    return ", ".join((*told, *facts))


def rule_words(plan: Plan) -> str:
    """What the rule of a plan asks for: `approval from a team lead`."""
    rule = plan.rule
    if rule is None or not rule.approvals:
        return "no approval"
    who = " or ".join(_ROLES.get(role, role) for role in rule.roles)
    return f"approval from a {who}" if rule.approvals == 1 else f"{rule.approvals} approvals, by {who}"


def _shown(value: str | int | None) -> str:
    return "nothing" if value is None else str(value)
