"""What a request would do, the rule it falls under, and the digest that an approval is tied to."""

from dataclasses import dataclass, replace
from typing import Any

from opsctl.core.canonical import JSON, digest_of
from opsctl.core.masking import masked


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would change: its name, what it is now (None: unknown or absent) and what it would be."""

    name: str
    was: str | int | None
    to: str | int | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the approval matrix.

    `command` is a command's name or "*"; `environment` a name, "protected", or "*"; `when` None or a trait of the
    plan ("shrinks"). `approvals` people who hold one of `roles` must agree; `requesters`, where not empty, names the
    roles that may ask. The role "lead" is a lead of the service's team, "any-lead" a lead of any team; others are
    roles of the site.
    """

    command: str
    environment: str = "*"
    when: str | None = None
    approvals: int = 0
    roles: tuple[str, ...] = ()
    requesters: tuple[str, ...] = ()

    def as_json(self) -> dict[str, JSON]:
        """Its form in digests, in the journal and in the published site; `from_json` reads it back."""
        return {
            "command": self.command,
            "environment": self.environment,
            "when": self.when,
            "approvals": self.approvals,
            "roles": list(self.roles),
            "requesters": list(self.requesters),
        }

    @classmethod
    def from_json(cls, value: Any) -> "Rule":
        """The rule that `as_json` wrote."""
        return cls(
            command=value["command"],
            environment=value["environment"],
            when=value["when"],
            approvals=value["approvals"],
            roles=tuple(value["roles"]),
            requesters=tuple(value["requesters"]),
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What a request would do. The command makes it; the engine adds `rule` and `digest`.

    `traits` are what rules may ask for ("shrinks"). `asks` where the command wants confirmation in any environment.
    `overrides` is the id of a running operation that is cancelled first. `facts` are (name, value) for the eye and
    stay out of the digest.
    """

    changes: tuple[Change, ...]
    traits: tuple[str, ...] = ()
    asks: bool = False
    overrides: str | None = None
    facts: tuple[tuple[str, str], ...] = ()
    rule: Rule | None = None
    digest: str = ""

    def under(self, rule: Rule, *, operation: str, command: str, site: str) -> "Plan":
        """The same plan with its rule and its digest: SHA-256 over the RFC 8785 form, lower-case hex.

        `site` is the digest of the published site, so that a changed rule or role makes another plan.
        """
        whole: JSON = {
            "operation": operation,
            "command": command,
            "changes": [[change.name, change.was, change.to] for change in self.changes],
            "rule": rule.as_json(),
            "site": site,
        }
        # As the journal keeps it, without its secrets: from there the digest is derived again before it runs.
        return replace(self, rule=rule, digest=digest_of(masked(whole)))

    def change(self, name: str) -> Change:
        """The change of that name. Raises KeyError."""
        for change in self.changes:
            if change.name == name:
                return change
        raise KeyError(name)

    def as_json(self) -> dict[str, JSON]:
        """Its form in the journal and in rows; `from_json` reads it back."""
        return {
            "changes": [[change.name, change.was, change.to] for change in self.changes],
            "traits": list(self.traits),
            "asks": self.asks,
            "overrides": self.overrides,
            "facts": [list(fact) for fact in self.facts],
            "rule": self.rule.as_json() if self.rule else None,
            "digest": self.digest,
        }

    @classmethod
    def from_json(cls, value: Any) -> "Plan":
        """The plan that `as_json` wrote."""
        return cls(
            changes=tuple(Change(*change) for change in value["changes"]),
            traits=tuple(value["traits"]),
            asks=value["asks"],
            overrides=value["overrides"],
            facts=tuple((name, text) for name, text in value["facts"]),
            rule=Rule.from_json(value["rule"]) if value["rule"] else None,
            digest=value["digest"],
        )
